import { EventEmitter } from 'node:events';
import { guard } from './notImplemented.ts';

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
