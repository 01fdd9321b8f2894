import { nextTick } from 'vue';

const focus = (selector: string): boolean => {
  const element = document.querySelector<HTMLElement>(selector);
  element?.focus();
  return element !== null && element === document.activeElement;
};

/** After a contact was deleted whose place nothing takes: to the way back. */
export async function focusUndo(): Promise<void> {
  await nextTick();
  focus('[data-testid="contact-undo"]');
}

/** Back to the row of a contact, where it is on the page. */
export const focusContact = (id: string): boolean => focus(`[data-id="${id}"] [data-stop]`);

/** To where a person goes on who was in something that goes away now. */
export function focusPage(): void {
  // On the contacts page the list, or the search above an empty one; on another page its own button.
  const places = [
    '[data-testid="contacts"] [data-stop][tabindex="0"]',
    '[data-testid="contact-search"]',
    '[data-testid="contact-back"]',
    'nav [aria-current="page"]',
  ];
  places.some(focus);
}
