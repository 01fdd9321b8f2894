import { EventEmitter } from 'node:events';
import { guard, NotImplementedError } from './notImplemented.ts';
import type { ProtocolServer } from './protocolServer.ts';

type RequestHandler = Parameters<Electron.Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Electron.Session['setPermissionCheckHandler']>[0];
type DisplayHandler = Parameters<Electron.Session['setDisplayMediaRequestHandler']>[0];
type Permission = Parameters<NonNullable<RequestHandler>>[1];
type CheckedPermission = Parameters<NonNullable<CheckHandler>>[1];

/** Who asks: what Electron tells a permission handler about the frame. */
export interface Asker {
  readonly contents: Electron.WebContents;
  readonly frame: Electron.WebFrameMain;
  readonly url: string;
  readonly isMainFrame: boolean;
}

/** The default session: custom protocols and permissions. */
export class ShellSession {
  readonly exposed: Electron.Session;
  readonly protocol: Electron.Protocol;
  readonly #isReady: () => boolean;
  #request: RequestHandler = null;
  #check: CheckHandler = null;
  #display: DisplayHandler = null;

  constructor(server: ProtocolServer, isReady: () => boolean) {
    this.#isReady = isReady;
    const protocol: Partial<Electron.Protocol> = {
      registerSchemesAsPrivileged: () => {
        if (this.#isReady()) {
          throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
        }
      },
      handle: (scheme, handler) => {
        this.#requireReady('protocol.handle');
        server.handle(scheme, handler);
      },
      unhandle: (scheme) => server.unhandle(scheme),
      isProtocolHandled: (scheme) => server.isHandled(scheme),
    };
    this.protocol = guard('protocol', protocol);
    const session: Partial<Omit<Electron.Session, keyof EventEmitter>> = {
      protocol: this.protocol,
      setPermissionRequestHandler: (handler) => void (this.#request = handler),
      setPermissionCheckHandler: (handler) => void (this.#check = handler),
      setDisplayMediaRequestHandler: (handler) => void (this.#display = handler),
      // No page of Chromium can reach HID, serial or USB devices without a chooser, which nobody answers here.
      setDevicePermissionHandler: () => undefined,
      isPersistent: () => true,
      setSpellCheckerEnabled: () => undefined,
    };
    const events = ['will-download'];
    this.exposed = guard('session', Object.assign(new EventEmitter(), session), events);
  }

  /** `session` of the electron module. */
  module(): object {
    const defaultSession = (): Electron.Session => {
      this.#requireReady('session.defaultSession');
      return this.exposed;
    };
    return guard('session', {
      get defaultSession(): Electron.Session {
        return defaultSession();
      },
      fromPartition: (partition: string): Electron.Session => {
        if (partition !== '') {
          throw new NotImplementedError(`session.fromPartition('${partition}')`);
        }
        return defaultSession();
      },
    });
  }

  /** Without a handler Electron grants everything. */
  async request(
    asker: Asker,
    permission: string,
    mediaTypes: ('video' | 'audio')[] | undefined,
  ): Promise<boolean> {
    const handler = this.#request;
    if (handler === null) {
      return true;
    }
    const media = mediaTypes === undefined ? {} : { mediaTypes, securityOrigin: originOf(asker.url) };
    const details = { isMainFrame: asker.isMainFrame, requestingUrl: asker.url, ...media };
    return new Promise((resolve) => handler(asker.contents, permission as Permission, resolve, details));
  }

  check(asker: Asker, permission: string, mediaType: 'video' | 'audio' | undefined): boolean {
    const media = mediaType === undefined ? {} : { mediaType, securityOrigin: originOf(asker.url) };
    const details = { isMainFrame: asker.isMainFrame, requestingUrl: asker.url, ...media };
    return (
      this.#check?.(asker.contents, permission as CheckedPermission, originOf(asker.url), details) ?? true
    );
  }

  /** Whether the app's handler picked something to share; Chromium then shares the whole (fake) screen. */
  async display(asker: Asker, audio: boolean): Promise<'granted' | 'denied' | 'unsupported'> {
    const handler = this.#display;
    if (handler === null) {
      return 'unsupported';
    }
    return new Promise((resolve) => {
      const request = {
        frame: asker.frame,
        securityOrigin: originOf(asker.url),
        videoRequested: true,
        audioRequested: audio,
        userGesture: true,
      };
      handler(request, (streams) => resolve(streams?.video === undefined ? 'denied' : 'granted'));
    });
  }

  #requireReady(what: string): void {
    if (!this.#isReady()) {
      throw new Error(`${what} can only be used after the ready event of app`);
    }
  }
}

/** With a slash at the end, as Chromium's own spelling of an origin has. */
function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}/`;
}
