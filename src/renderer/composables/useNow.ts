import { onScopeDispose, ref, type Ref } from 'vue';

/** The wall clock, milliseconds since the epoch, renewed every `ms` milliseconds while in use. */
export function useNow(ms = 1000): Readonly<Ref<number>> {
  const now = ref(Date.now());
  const timer = setInterval(() => {
    now.value = Date.now();
  }, ms);
  onScopeDispose(() => clearInterval(timer));
  return now;
}
