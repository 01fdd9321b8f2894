import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { menuFacts, pressMenu, type MenuFacts } from './menus.ts';
import { guard, guardClass } from './notImplemented.ts';

/** A tray icon as a person would see it. */
export interface TrayFacts {
  readonly toolTip: string;
  /** The file name of the picture. */
  readonly image: string;
  readonly menu: readonly MenuFacts[];
}

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Pictures are checked to be there and to be PNG; nothing draws them. */
class ShellImage {
  readonly name: string;
  readonly #bytes: Buffer;

  constructor(path: string) {
    this.name = basename(path);
    this.#bytes = readIfThere(path);
  }

  /** As in Electron: a file that is not there or no picture gives an empty one. */
  isEmpty(): boolean {
    return !this.#bytes.subarray(0, 8).equals(pngSignature);
  }
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

export function createNativeImage(): object {
  return guard('nativeImage', {
    createFromPath: (path: string) => guard<Electron.NativeImage>('NativeImage', new ShellImage(path)),
  });
}

type MenuLike = Parameters<typeof menuFacts>[0];

/** What shows outside of the windows: tray icons and the badge. */
export class ShellTrays {
  badge = 0;
  readonly #trays: ShellTray[] = [];

  /** The last one made, if it is still there. */
  get facts(): TrayFacts | null {
    return this.#trays.at(-1)?.facts ?? null;
  }

  /** Without labels the icon itself is pressed. */
  press(labels: readonly string[]): void {
    const tray = this.#trays.at(-1);
    if (tray === undefined) {
      throw new Error('chromium-shell: the app has no tray icon');
    }
    tray.press(labels);
  }

  trayClass(): object {
    return guardClass(
      'Tray',
      (image) => {
        const tray = new ShellTray(image as ShellImage | string, () => {
          this.#trays.splice(this.#trays.indexOf(tray), 1);
        });
        this.#trays.push(tray);
        return guard<Electron.Tray>('Tray', tray, ['click', 'right-click', 'double-click']);
      },
      {},
    );
  }
}

class ShellTray extends EventEmitter {
  #image: ShellImage;
  #toolTip = '';
  #menu: MenuLike;
  #destroyed = false;
  readonly #onDestroyed: () => void;

  constructor(image: ShellImage | string, onDestroyed: () => void) {
    super();
    this.#image = pictureOf(image);
    this.#onDestroyed = onDestroyed;
  }

  get facts(): TrayFacts {
    return { toolTip: this.#toolTip, image: this.#image.name, menu: menuFacts(this.#menu) };
  }

  setImage(image: ShellImage | string): void {
    this.#image = pictureOf(image);
  }

  setToolTip(text: string): void {
    this.#toolTip = text;
  }

  setContextMenu(menu: Electron.Menu | null): void {
    this.#menu = (menu ?? undefined) as unknown as MenuLike;
  }

  destroy(): void {
    if (!this.#destroyed) {
      this.#destroyed = true;
      this.#onDestroyed();
    }
  }

  isDestroyed(): boolean {
    return this.#destroyed;
  }

  press(labels: readonly string[]): void {
    if (labels.length === 0) {
      this.emit('click', {}, { x: 0, y: 0, width: 16, height: 16 }, { x: 0, y: 0 });
    } else {
      pressMenu(this.#menu, labels);
    }
  }
}

/** Throws as Electron does when the picture cannot be loaded. */
function pictureOf(image: ShellImage | string): ShellImage {
  const picture = typeof image === 'string' ? new ShellImage(image) : image;
  if (picture.isEmpty()) {
    throw new Error(`Failed to load image from path '${picture.name}'`);
  }
  return picture;
}
