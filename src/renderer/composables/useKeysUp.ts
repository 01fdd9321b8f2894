import { createSharedComposable, useEventListener } from '@vueuse/core';
import { computed, shallowReactive } from 'vue';

/** Keys that press a button, send a form, or close something. */
const acting: readonly string[] = ['Enter', ' ', 'Escape'];

/**
 * Whether none of the keys is down that do something at once. One that was pressed for what has just gone repeats
 * itself, and would do the same to what comes in its place.
 */
export const useKeysUp = createSharedComposable(() => {
  const down = shallowReactive(new Set<string>());
  const capture = { capture: true };
  useEventListener(
    window,
    'keydown',
    ({ key }) => {
      if (acting.includes(key)) {
        down.add(key);
      }
    },
    capture,
  );
  useEventListener(
    window,
    'keyup',
    ({ key }) => {
      // While it is down, macOS does not tell of other keys that go up.
      if (key === 'Meta') {
        down.clear();
      } else {
        down.delete(key);
      }
    },
    capture,
  );
  useEventListener(window, 'blur', () => down.clear());
  return computed(() => down.size === 0);
});
