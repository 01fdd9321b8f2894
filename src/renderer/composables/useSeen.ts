import { useDocumentVisibility, useWindowFocus } from '@vueuse/core';
import { computed, onScopeDispose, watch } from 'vue';

/** How long something must lie before somebody's eyes to count as seen, milliseconds. */
const lookedAtMs = 1_500;

/** Calls `seen` once what `inView` speaks of was in the page of the focused window for a moment. */
export function useSeen(inView: () => boolean, seen: () => void): void {
  const visibility = useDocumentVisibility();
  const focused = useWindowFocus();
  const looking = computed(() => inView() && focused.value && visibility.value === 'visible');
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(
    looking,
    (now) => {
      clearTimeout(timer);
      if (now) {
        timer = setTimeout(seen, lookedAtMs);
      }
    },
    { immediate: true },
  );
  onScopeDispose(() => clearTimeout(timer));
}
