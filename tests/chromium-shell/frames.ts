import type { Frame } from 'playwright-core';
import { guard } from './notImplemented.ts';
import type { Origins } from './origins.ts';

/** One `WebFrameMain` for each frame, so that `event.senderFrame === contents.mainFrame` holds. */
export class Frames {
  readonly #origins: Origins;
  readonly #known = new WeakMap<Frame, Electron.WebFrameMain>();
  #nextId = 1;

  constructor(origins: Origins) {
    this.#origins = origins;
  }

  of(frame: Frame): Electron.WebFrameMain {
    const known = this.#known.get(frame);
    if (known !== undefined) {
      return known;
    }
    const id = this.#nextId;
    this.#nextId += 1;
    const url = (): string => this.#origins.toApp(frame.url());
    const parent = (): Electron.WebFrameMain | null => {
      const above = frame.parentFrame();
      return above === null ? null : this.of(above);
    };
    const top = (): Electron.WebFrameMain => this.of(frame.page().mainFrame());
    const implementation = {
      routingId: id,
      processId: id,
      frameTreeNodeId: id,
      get url() {
        return url();
      },
      get origin() {
        const { protocol, host } = new URL(url());
        return `${protocol}//${host}`;
      },
      get parent() {
        return parent();
      },
      get top() {
        return top();
      },
      get name() {
        return frame.name();
      },
      get detached() {
        return frame.isDetached();
      },
      isDestroyed: () => frame.isDetached(),
    };
    const exposed = guard<Electron.WebFrameMain>('WebFrameMain', implementation);
    this.#known.set(frame, exposed);
    return exposed;
  }
}
