import { onMounted, onUpdated, type Ref } from 'vue';

type Axis = 'horizontal' | 'vertical';

const nextKeys: Record<Axis, string> = { horizontal: 'ArrowRight', vertical: 'ArrowDown' };
const previousKeys: Record<Axis, string> = { horizontal: 'ArrowLeft', vertical: 'ArrowUp' };

/**
 * One tab stop for a list or a bar; arrows, Home and End move inside. Items carry `data-roving`; hidden
 * ones are passed over.
 */
export function useRoving(
  root: Readonly<Ref<HTMLElement | null>>,
  axis: Axis,
): { readonly onKeydown: (event: KeyboardEvent) => void; readonly onFocusin: (event: FocusEvent) => void } {
  const items = (): HTMLElement[] =>
    [...(root.value?.querySelectorAll<HTMLElement>('[data-roving]') ?? [])].filter(
      (item) => item.offsetParent !== null || item === document.activeElement,
    );

  function setStop(stop: HTMLElement | undefined): void {
    for (const item of root.value?.querySelectorAll<HTMLElement>('[data-roving]') ?? []) {
      item.tabIndex = item === stop ? 0 : -1;
    }
  }

  /** Keeps exactly one tab stop when items come and go. */
  function repair(): void {
    const all = items();
    setStop(all.find((item) => item.tabIndex === 0) ?? all[0]);
  }

  function onFocusin(event: FocusEvent): void {
    const item = items().find((candidate) => candidate === event.target);
    if (item !== undefined) {
      setStop(item);
    }
  }

  function onKeydown(event: KeyboardEvent): void {
    const all = items();
    const at = all.findIndex((item) => item === event.target);
    if (at === -1 || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const target =
      event.key === nextKeys[axis]
        ? all[(at + 1) % all.length]
        : event.key === previousKeys[axis]
          ? all[(at + all.length - 1) % all.length]
          : event.key === 'Home'
            ? all[0]
            : event.key === 'End'
              ? all.at(-1)
              : undefined;
    if (target !== undefined) {
      event.preventDefault();
      target.focus();
    }
  }

  onMounted(repair);
  onUpdated(repair);
  return { onKeydown, onFocusin };
}
