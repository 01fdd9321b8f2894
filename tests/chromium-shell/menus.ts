import { guard, guardClass } from './notImplemented.ts';

/** What can be read of a menu; there is nothing to draw it on. */
export interface MenuFacts {
  readonly label: string;
  readonly checked: boolean;
  readonly submenu: readonly MenuFacts[];
}

type Template = readonly Electron.MenuItemConstructorOptions[];

/** One entry as it stands now. */
class ShellMenuItem {
  readonly label: string;
  readonly type: string;
  readonly submenu: ShellMenu | undefined;
  readonly enabled: boolean;
  checked: boolean;
  readonly #click: (item: object) => void;

  constructor(options: Electron.MenuItemConstructorOptions) {
    this.label = options.label ?? '';
    this.type = options.type ?? (options.submenu === undefined ? 'normal' : 'submenu');
    this.submenu = Array.isArray(options.submenu) ? new ShellMenu(options.submenu) : undefined;
    this.enabled = options.enabled ?? true;
    this.checked = options.checked ?? false;
    this.#click = (options.click ?? (() => undefined)) as (item: object) => void;
  }

  press(): void {
    this.#click(this);
  }
}

class ShellMenu {
  readonly items: ShellMenuItem[];

  constructor(template: Template = []) {
    this.items = template.map((options) => new ShellMenuItem(options));
  }

  append(item: ShellMenuItem): void {
    this.items.push(item);
  }
}

/** What `guard` has made of a menu still has its items. */
interface HasItems {
  readonly items: readonly ShellMenuItem[];
}

export const menuFacts = (menu: HasItems | undefined): readonly MenuFacts[] =>
  (menu?.items ?? [])
    .filter(({ type }) => type !== 'separator')
    .map(({ label, checked, submenu }) => ({ label, checked, submenu: menuFacts(submenu) }));

/** Presses the entry that the labels lead to, as a person would. */
export function pressMenu(menu: HasItems | undefined, labels: readonly string[]): void {
  const [label, ...rest] = labels;
  const item = menu?.items.find((candidate) => candidate.label === label);
  if (item?.enabled !== true) {
    throw new Error(`chromium-shell: the menu has no entry ${label ?? ''} that can be pressed`);
  }
  if (rest.length > 0) {
    pressMenu(item.submenu, rest);
    return;
  }
  if (item.type === 'radio') {
    for (const other of menu?.items.filter(({ type }) => type === 'radio') ?? []) {
      other.checked = other === item;
    }
  } else if (item.type === 'checkbox') {
    item.checked = !item.checked;
  }
  item.press();
}

/** `Menu` and `MenuItem` as the app sees them. */
export function createMenuClasses(): { readonly Menu: object; readonly MenuItem: object } {
  let application: object | null = null;
  const item = (options: unknown): object =>
    guard('MenuItem', new ShellMenuItem(options as Electron.MenuItemConstructorOptions));
  const menu = (template?: unknown): object => guard('Menu', new ShellMenu(template as Template));
  const Menu = guardClass('Menu', () => menu(), {
    buildFromTemplate: menu,
    setApplicationMenu: (next: object | null) => void (application = next),
    getApplicationMenu: () => application,
  });
  return { Menu, MenuItem: guardClass('MenuItem', item, {}) };
}
