import { nextTick, ref, type Ref } from 'vue';

/** The list as the keyboard needs it. */
interface ScrollingList {
  readonly root: Readonly<Ref<HTMLElement | null>>;
  readonly count: () => number;
  /** Rows that fit into the window. */
  readonly pageSize: () => number;
  /** Brings a row into the page, which may have to be made first. */
  readonly reveal: (index: number) => void;
}

/** Frames in which a row that was scrolled to must have been made. */
const framesToWait = 20;

/**
 * One tab stop for a list of which only a part is on the page. Rows carry `data-index`, what can be pressed
 * in them `data-stop`: arrows up and down, Page keys, Home and End move between rows, left and right inside.
 */
export function useListFocus(list: ScrollingList): {
  /** The row that Tab reaches; must stay on the page. */
  readonly active: Ref<number>;
  readonly focusRow: (index: number) => Promise<void>;
  readonly onKeydown: (event: KeyboardEvent) => void;
  readonly onFocusin: (event: FocusEvent) => void;
} {
  const active = ref(0);

  const rowOf = (target: EventTarget | null): HTMLElement | null =>
    target instanceof Element ? target.closest<HTMLElement>('[data-index]') : null;
  const stopsOf = (row: HTMLElement): HTMLElement[] => [
    ...row.querySelectorAll<HTMLElement>('[data-stop]:not(:disabled)'),
  ];

  async function focusRow(wanted: number): Promise<void> {
    const index = Math.max(0, Math.min(wanted, list.count() - 1));
    active.value = index;
    list.reveal(index);
    for (let frame = 0; frame < framesToWait; frame += 1) {
      await nextTick();
      const stop = list.root.value?.querySelector<HTMLElement>(`[data-index="${index}"] [data-stop]`);
      if (stop) {
        stop.focus({ preventScroll: true });
        // Rows on the way may have turned out higher than they were thought to be.
        list.reveal(index);
        return;
      }
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  }

  function onFocusin(event: FocusEvent): void {
    const row = rowOf(event.target);
    if (row !== null) {
      active.value = Number(row.dataset.index);
    }
  }

  /** The row that a key leads to; undefined: not a key of the list. */
  function rowAfter(key: string, index: number): number | undefined {
    switch (key) {
      case 'ArrowDown':
        return index + 1;
      case 'ArrowUp':
        return index - 1;
      case 'PageDown':
        return index + list.pageSize();
      case 'PageUp':
        return index - list.pageSize();
      case 'Home':
        return 0;
      case 'End':
        return list.count() - 1;
      default:
        return undefined;
    }
  }

  function onKeydown(event: KeyboardEvent): void {
    const row = rowOf(event.target);
    if (row === null || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const to = rowAfter(event.key, Number(row.dataset.index));
    if (to !== undefined) {
      event.preventDefault();
      void focusRow(to);
      return;
    }
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const stops = stopsOf(row);
    const at = stops.findIndex((stop) => stop === event.target);
    const next = stops[at + step];
    if (step !== 0 && at !== -1 && next !== undefined) {
      event.preventDefault();
      next.focus();
    }
  }

  return { active, focusRow, onKeydown, onFocusin };
}
