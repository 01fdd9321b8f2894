import { useEventListener } from '@vueuse/core';
import { ref, type Ref } from 'vue';

/** True while the keyboard is in an element. A focus that came with the mouse does not count: nobody is typing. */
export function useKeyboardIn(root: Readonly<Ref<HTMLElement | null>>): Readonly<Ref<boolean>> {
  const inside = ref(false);
  useEventListener(root, 'focusin', ({ target }) => {
    inside.value = target instanceof Element && target.matches(':focus-visible');
  });
  useEventListener(root, 'focusout', () => {
    inside.value = false;
  });
  return inside;
}
