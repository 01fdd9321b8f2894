import { onScopeDispose, ref, type Ref } from 'vue';

/** True once `ms` milliseconds have passed: a skeleton that flashes is worse than none. */
export function useDelayed(ms = 200): Readonly<Ref<boolean>> {
  const due = ref(false);
  const timer = setTimeout(() => {
    due.value = true;
  }, ms);
  onScopeDispose(() => clearTimeout(timer));
  return due;
}
