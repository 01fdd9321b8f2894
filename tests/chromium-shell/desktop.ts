import { EventEmitter } from 'node:events';
import { guard, guardClass } from './notImplemented.ts';

const EVENTS_OF_SCREEN = ['display-added', 'display-removed', 'display-metrics-changed'];

/** One display of 1440 x 900 at scale 1: the same in every run, whatever the machine has. */
export function createScreen(): Electron.Screen {
  const bounds = { x: 0, y: 0, width: 1440, height: 900 };
  const size = { width: 1440, height: 900 };
  const display = {
    id: 1,
    bounds,
    workArea: bounds,
    size,
    workAreaSize: size,
    scaleFactor: 1,
    rotation: 0,
    internal: true,
    label: 'chromium-shell',
    colorDepth: 24,
    touchSupport: 'unavailable',
  };
  const implementation = {
    getPrimaryDisplay: () => display,
    getAllDisplays: () => [display],
    getDisplayNearestPoint: () => display,
    getDisplayMatching: () => display,
    getCursorScreenPoint: () => ({ x: 720, y: 450 }),
  };
  return guard('screen', Object.assign(new EventEmitter(), implementation), EVENTS_OF_SCREEN);
}

export class ShellTheme extends EventEmitter {
  readonly exposed: Electron.NativeTheme;
  readonly #apply: (scheme: 'light' | 'dark') => void;
  #systemDark: boolean;
  #source: Electron.NativeTheme['themeSource'] = 'system';

  constructor(systemDark: boolean, apply: (scheme: 'light' | 'dark') => void) {
    super();
    this.#systemDark = systemDark;
    this.#apply = apply;
    this.exposed = guard('nativeTheme', this, ['updated']);
  }

  get shouldUseDarkColors(): boolean {
    return this.#source === 'system' ? this.#systemDark : this.#source === 'dark';
  }

  get scheme(): 'light' | 'dark' {
    return this.shouldUseDarkColors ? 'dark' : 'light';
  }

  get themeSource(): Electron.NativeTheme['themeSource'] {
    return this.#source;
  }

  set themeSource(source: Electron.NativeTheme['themeSource']) {
    this.#change(() => (this.#source = source));
  }

  /** What the person chose for the whole desktop. */
  setSystemDark(dark: boolean): void {
    this.#change(() => (this.#systemDark = dark));
  }

  #change(step: () => void): void {
    const before = this.shouldUseDarkColors;
    step();
    this.#apply(this.scheme);
    if (this.shouldUseDarkColors !== before) {
      this.emit('updated');
    }
  }
}

/** Menus are kept and can be read back; there is nothing to draw them on. */
export function createMenuClasses(): { Menu: object; MenuItem: object } {
  let application: object | null = null;
  const item = (options: unknown): object => guard('MenuItem', { ...(options as object) });
  const menu = (template: readonly unknown[]): object => {
    const items = template.map(item);
    return guard('Menu', { items, append: (added: object) => void items.push(added) });
  };
  const Menu = guardClass('Menu', () => menu([]), {
    buildFromTemplate: menu,
    setApplicationMenu: (next: object | null) => void (application = next),
    getApplicationMenu: () => application,
  });
  return { Menu, MenuItem: guardClass('MenuItem', item, {}) };
}

/** Dialogs print what they would have shown and answer with their default button. */
export function createDialog(): Electron.Dialog {
  const answer = (...args: unknown[]): number => {
    const options = (args.at(-1) ?? {}) as Electron.MessageBoxOptions;
    process.stderr.write(
      `chromium-shell: message box: ${options.title ?? ''} ${options.message} ${options.detail ?? ''}\n`,
    );
    return options.defaultId ?? 0;
  };
  const implementation = {
    showErrorBox: (title: string, content: string) =>
      void process.stderr.write(`chromium-shell: error box: ${title}: ${content}\n`),
    showMessageBox: async (...args: unknown[]) =>
      Promise.resolve({ response: answer(...args), checkboxChecked: false }),
    showMessageBoxSync: answer,
  };
  return guard('dialog', implementation);
}
