/** What a key can do; the table in the help dialog is made from the same list. */
export type ShortcutAction =
  'microphone' | 'camera' | 'accept' | 'decline' | 'hangUp' | 'help' | 'close' | 'dial' | 'contacts';

export interface Shortcut {
  readonly action: ShortcutAction;
  /** Lower case `KeyboardEvent.key`. */
  readonly key: string;
  /** With Ctrl (Command on a Mac) and Shift. */
  readonly chord: boolean;
  /** A single letter, which a person can switch off. */
  readonly letter: boolean;
}

export const shortcuts: readonly Shortcut[] = [
  { action: 'microphone', key: 'm', chord: false, letter: true },
  { action: 'camera', key: 'v', chord: false, letter: true },
  { action: 'accept', key: 'a', chord: true, letter: false },
  { action: 'decline', key: 'd', chord: true, letter: false },
  { action: 'hangUp', key: 'h', chord: true, letter: false },
  { action: 'dial', key: '/', chord: false, letter: true },
  { action: 'contacts', key: 'p', chord: false, letter: true },
  { action: 'help', key: '?', chord: false, letter: false },
  { action: 'close', key: 'escape', chord: false, letter: false },
];

/** The parts of a `KeyboardEvent` that decide. */
export interface KeyFacts {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
  readonly isComposing: boolean;
}

/** Which shortcut a key press is; none while the person types, except chords. */
export function matchShortcut(
  event: KeyFacts,
  context: { readonly typing: boolean; readonly letterKeys: boolean },
): ShortcutAction | undefined {
  if (event.repeat || event.isComposing || event.altKey) {
    return undefined;
  }
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  const found = shortcuts.find(
    (shortcut) => shortcut.key === key && shortcut.chord === (command && event.shiftKey),
  );
  if (found === undefined || (command && !found.chord)) {
    return undefined;
  }
  if (found.letter && (event.shiftKey || !context.letterKeys)) {
    return undefined;
  }
  // Escape belongs to the field as well: who corrects an address does not want to leave its page.
  if (context.typing && !found.chord) {
    return undefined;
  }
  return found.action;
}

const textInputs = new Set(['text', 'search', 'url', 'tel', 'email', 'password', 'number']);

/** The parts of an element that decide. */
export interface FocusFacts {
  /** Upper case, as HTML gives it. */
  readonly tagName: string;
  readonly isContentEditable: boolean;
  /** Of inputs; what an input is when it does not say so is `text`. */
  readonly type?: string;
}

/** True where letters go into a text, or pick from a list. */
export function isTyping(target: FocusFacts): boolean {
  switch (target.tagName) {
    case 'TEXTAREA':
    case 'SELECT':
      return true;
    case 'INPUT':
      return textInputs.has(target.type ?? 'text');
    default:
      return target.isContentEditable;
  }
}
