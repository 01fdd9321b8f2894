import { nextTick, watch, type Ref } from 'vue';

/**
 * Once the pages are there again, the focus is in the field where somebody was typing when they went. A button does
 * not get it back: a key that is still down would press it.
 */
export function useFocusBack(there: Readonly<Ref<boolean>>): void {
  let field: HTMLElement | null = null;
  // Before the page is drawn anew, while the field still has the focus.
  watch(
    there,
    async (now) => {
      if (!now) {
        const { activeElement } = document;
        field =
          activeElement instanceof HTMLElement && activeElement.matches('input, textarea')
            ? activeElement
            : null;
        return;
      }
      await nextTick();
      field?.focus();
      field = null;
    },
    { flush: 'sync' },
  );
}
