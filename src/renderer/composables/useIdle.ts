import { useEventListener } from '@vueuse/core';
import { onScopeDispose, ref, type Ref } from 'vue';

/** As in other calling apps: controls fade after this long without pointer or key, milliseconds. */
const idleAfterMs = 4_000;

/** True after four seconds without pointer or key, unless `held` says that something is in use. */
export function useIdle(held: () => boolean): Readonly<Ref<boolean>> {
  const idle = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;

  function restart(): void {
    idle.value = false;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (held()) {
        restart();
      } else {
        idle.value = true;
      }
    }, idleAfterMs);
  }

  useEventListener(window, ['pointermove', 'pointerdown', 'keydown', 'focusin'], restart, {
    passive: true,
  });
  restart();
  onScopeDispose(() => clearTimeout(timer));
  return idle;
}
