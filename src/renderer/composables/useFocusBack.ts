import { useEventListener } from '@vueuse/core';
import { nextTick, watch, type Ref } from 'vue';
import { useKeysUp } from './useKeysUp.ts';

/**
 * Once the pages are there again, the focus is in the field where somebody was typing when they went, also when a
 * call was answered with the pointer in between.
 */
export function useFocusBack(there: Readonly<Ref<boolean>>): void {
  const keysUp = useKeysUp();
  let typing: HTMLElement | null = null;
  let field: HTMLElement | null = null;
  useEventListener(window, 'focusin', ({ target }) => {
    if (!there.value || !(target instanceof HTMLElement)) {
      return;
    }
    if (target.matches('input, textarea')) {
      typing = target;
    } else if (target.closest('[data-testid="call-view"]') === null) {
      typing = null;
    }
  });
  watch(
    there,
    (now) => {
      if (!now) {
        field = typing;
      }
    },
    { flush: 'sync' },
  );
  watch(
    () => there.value && keysUp.value,
    async (may) => {
      if (may && field !== null) {
        await nextTick();
        field.focus();
        field = null;
      }
    },
  );
}
