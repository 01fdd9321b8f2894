import type { Codec } from '../codec.ts';
import type { PageCall } from './permissions.ts';

export interface PreloadSettings {
  /** Name of the page's global function that takes messages from `webContents.send`. */
  readonly deliver: string;
  readonly platform: string;
  readonly arch: string;
  readonly argv: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
}

/** The preload's text as the body of a CommonJS wrapper: (require, module, exports, process). */
export type PreloadFunction = (...args: readonly unknown[]) => void;

/**
 * Runs a sandboxed preload: CommonJS, `require('electron')` and nothing else. What it exposes is copied
 * and frozen as the real context bridge does. Runs in the page, so it may refer to nothing outside of itself.
 */
export function installPreload(
  call: PageCall,
  codec: Codec,
  settings: PreloadSettings,
  run: PreloadFunction,
): void {
  type Listener = (...args: unknown[]) => void;
  const lacking = (what: string): Error => new Error(`chromium-shell: ${what} is not implemented`);
  const guarded = (name: string, members: object): object =>
    new Proxy(members, {
      get(target, key) {
        if (key in target || typeof key === 'symbol' || key === 'then') {
          return Reflect.get(target, key) as unknown;
        }
        throw lacking(`${name}.${key}`);
      },
    });

  const wrapped = new WeakMap<object, unknown>();
  const across = (value: unknown, frozen: boolean): unknown => {
    if (typeof value === 'symbol') {
      throw new TypeError('An object could not be cloned.');
    }
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) {
      return value;
    }
    const known = wrapped.get(value);
    if (known !== undefined) {
      return known;
    }
    if (typeof value === 'function') {
      const proxy = (...args: unknown[]): unknown =>
        across(
          Reflect.apply(
            value,
            undefined,
            args.map((arg) => across(arg, false)),
          ),
          false,
        );
      wrapped.set(value, proxy);
      wrapped.set(proxy, value);
      return proxy;
    }
    if (value instanceof Promise) {
      return value.then(
        (result: unknown) => across(result, false),
        async (error: unknown) =>
          Promise.reject(error instanceof Error ? new Error(error.message) : (across(error, false) as Error)),
      );
    }
    if (value instanceof Error) {
      return new Error(value.message);
    }
    if (value instanceof Node || value instanceof Blob) {
      return value;
    }
    const prototype = Object.getPrototypeOf(value) as object | null;
    const plain = prototype === null || Object.prototype.toString.call(value) === '[object Object]';
    if (!plain && !Array.isArray(value)) {
      return structuredClone(value);
    }
    const copy: object = Array.isArray(value) ? [] : {};
    for (const [key, item] of Object.entries(value)) {
      Object.defineProperty(copy, key, {
        value: across(item, frozen),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return frozen ? Object.freeze(copy) : copy;
  };

  const listeners = new Map<string, { listener: Listener; once: boolean }[]>();
  const listen = (channel: string, listener: Listener, once: boolean): unknown => {
    listeners.set(channel, [...(listeners.get(channel) ?? []), { listener, once }]);
    return ipcRenderer;
  };
  const unlisten = (channel: string, listener?: Listener): unknown => {
    const left = (listeners.get(channel) ?? []).filter(
      (entry) => listener !== undefined && entry.listener !== listener,
    );
    listeners.set(channel, left);
    return ipcRenderer;
  };
  const ipcRenderer = guarded('ipcRenderer', {
    async invoke(channel: string, ...args: unknown[]): Promise<unknown> {
      const text = await call('ipc.invoke', { channel, args: codec.encode(args) });
      const reply = codec.decode(String(text)) as { value?: unknown; error?: string };
      if (reply.error !== undefined) {
        throw new Error(`Error invoking remote method '${channel}': ${reply.error}`);
      }
      return reply.value;
    },
    send(channel: string, ...args: unknown[]): void {
      void call('ipc.send', { channel, args: codec.encode(args) });
    },
    on: (channel: string, listener: Listener) => listen(channel, listener, false),
    addListener: (channel: string, listener: Listener) => listen(channel, listener, false),
    once: (channel: string, listener: Listener) => listen(channel, listener, true),
    off: unlisten,
    removeListener: unlisten,
    removeAllListeners: (channel: string) => unlisten(channel),
    listenerCount: (channel: string) => (listeners.get(channel) ?? []).length,
  });

  Object.defineProperty(globalThis, settings.deliver, {
    value: (messages: readonly { channel: string; args: string }[]) => {
      for (const { channel, args } of messages) {
        const values = codec.decode(args) as unknown[];
        for (const entry of [...(listeners.get(channel) ?? [])]) {
          if (entry.once) {
            unlisten(channel, entry.listener);
          }
          try {
            entry.listener({ sender: ipcRenderer, ports: [] }, ...values);
          } catch (error) {
            reportError(error);
          }
        }
      }
    },
  });

  const contextBridge = guarded('contextBridge', {
    exposeInMainWorld(key: string, api: unknown): void {
      if (Object.hasOwn(globalThis, key)) {
        throw new Error(`Cannot bind an API on top of an existing property on the window object: ${key}`);
      }
      Object.defineProperty(globalThis, key, { value: across(api, true), enumerable: true });
    },
  });

  const electron = guarded('electron (in a preload)', { contextBridge, ipcRenderer });
  const requireInPreload = (name: string): unknown => {
    if (name === 'electron' || name === 'electron/renderer') {
      return electron;
    }
    throw new Error(`module not found: ${name}`);
  };
  const { platform, arch, versions, argv } = settings;
  const process = {
    type: 'renderer',
    sandboxed: true,
    contextIsolated: true,
    platform,
    arch,
    versions,
    argv,
    env: {},
  };
  const module = { exports: {} };
  try {
    run(requireInPreload, module, module.exports, process);
  } catch (error) {
    void call('preload.error', {
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
}
