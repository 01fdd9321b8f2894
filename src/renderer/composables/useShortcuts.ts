import { useEventListener } from '@vueuse/core';
import { isTyping, matchShortcut, type ShortcutAction } from './shortcuts.ts';

/**
 * Listens on the window. `handle` returns whether it did something; only then the key is taken from
 * the page.
 */
export function useShortcuts(letterKeys: () => boolean, handle: (action: ShortcutAction) => boolean): void {
  useEventListener(window, 'keydown', (event: KeyboardEvent) => {
    // A key that is held down does once what it does.
    if (event.defaultPrevented || event.repeat) {
      return;
    }
    const { target } = event;
    // An open menu goes by letters to what begins with them.
    const typing =
      target instanceof HTMLElement && (isTyping(target) || target.closest('[role="menu"]') !== null);
    const action = matchShortcut(event, { typing, letterKeys: letterKeys() });
    if (action !== undefined && handle(action)) {
      event.preventDefault();
    }
  });
}
