import { EventEmitter } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { guard } from './notImplemented.ts';
import type { ShellOptions } from './options.ts';
import { preventable } from './preventable.ts';
import { SingleInstance } from './singleInstance.ts';

/** `activate` comes from macOS alone and is never emitted; `open-url` when a test says that a link was opened. */
const EVENTS = [
  ...[
    'will-finish-launching',
    'ready',
    'second-instance',
    'window-all-closed',
    'before-quit',
    'will-quit',
    'quit',
  ],
  ...['activate', 'open-url', 'web-contents-created', 'browser-window-created', 'browser-window-focus'],
  ...['browser-window-blur', 'render-process-gone', 'child-process-gone', 'session-created'],
];

const SYSTEM_FOLDERS = ['desktop', 'documents', 'downloads', 'music', 'pictures', 'videos'];

interface Manifest {
  readonly main: string;
  readonly name?: string;
  readonly productName?: string;
  readonly version?: string;
}

interface AppPorts {
  readonly options: ShellOptions;
  /** Asks every window to close; false when one of them refused. */
  readonly closeWindows: () => Promise<boolean>;
  readonly destroyWindows: () => Promise<void>;
  readonly onRelaunch: (appArgs: readonly string[]) => void;
  readonly onBadge: (count: number) => void;
  /** Ends the browser and whatever else keeps the process alive. */
  readonly tearDown: () => Promise<void>;
}

type AppMethods = Partial<Omit<Electron.App, keyof EventEmitter | 'exit'>> & { exit(code?: number): void };

/** `app`: names, folders, the single-instance lock, and the order of starting and quitting. */
export class ShellApp extends EventEmitter implements AppMethods {
  readonly isPackaged = false;
  readonly exposed: Electron.App;
  readonly commandLine: Electron.CommandLine;
  readonly #ports: AppPorts;
  readonly #manifest: Manifest;
  readonly #paths = new Map<string, string>();
  readonly #switches = new Map<string, string>();
  readonly #instance: SingleInstance;
  readonly #ready = Promise.withResolvers<undefined>();
  readonly #protocols = new Set<string>();
  #name: string;
  #badge = 0;
  #isReady = false;
  #quitting = false;
  #ended = false;

  constructor(ports: AppPorts) {
    super();
    this.#ports = ports;
    this.#manifest = JSON.parse(readFileSync(join(ports.options.appDir, 'package.json'), 'utf8')) as Manifest;
    this.#name = this.#manifest.productName ?? this.#manifest.name ?? 'Electron';
    this.#instance = new SingleInstance(({ argv, cwd, additionalData }) => {
      this.emit('second-instance', preventable({}), argv, cwd, additionalData);
    });
    for (const arg of ports.options.appArgs) {
      const [, key, value] = /^--([^=]+)(?:=(.*))?$/.exec(arg) ?? [];
      if (key !== undefined) {
        this.#switches.set(key.toLowerCase(), value ?? '');
      }
    }
    const commandLine: Partial<Electron.CommandLine> = {
      appendSwitch: (key, value) => void this.#switches.set(key.toLowerCase(), value ?? ''),
      hasSwitch: (key) => this.#switches.has(key.toLowerCase()),
      getSwitchValue: (key) => this.#switches.get(key.toLowerCase()) ?? '',
      removeSwitch: (key) => void this.#switches.delete(key.toLowerCase()),
    };
    this.commandLine = guard('app.commandLine', commandLine);
    this.exposed = guard('app', this, EVENTS);
  }

  get mainFile(): string {
    return join(this.#ports.options.appDir, this.#manifest.main);
  }

  get isQuitting(): boolean {
    return this.#quitting || this.#ended;
  }

  get name(): string {
    return this.#name;
  }

  set name(name: string) {
    this.#name = name;
  }

  getName(): string {
    return this.#name;
  }

  setName(name: string): void {
    this.#name = name;
  }

  getVersion(): string {
    return this.#manifest.version ?? '0.0.0';
  }

  getAppPath(): string {
    return this.#ports.options.appDir;
  }

  getLocale(): string {
    const fromSystem = new Intl.DateTimeFormat().resolvedOptions().locale;
    return this.#switches.get('lang') ?? this.#ports.options.locale ?? fromSystem;
  }

  getSystemLocale(): string {
    return this.getLocale();
  }

  getPreferredSystemLanguages(): string[] {
    return [this.getLocale()];
  }

  getPath(name: string): string {
    return this.#paths.get(name) ?? this.#defaultPath(name);
  }

  setPath(name: string, path: string): void {
    if (!isAbsolute(path)) {
      throw new Error('Path must be absolute');
    }
    this.#defaultPath(name);
    this.#paths.set(name, path);
  }

  setAppLogsPath(path?: string): void {
    this.#paths.set('logs', path ?? this.#defaultPath('logs'));
    mkdirSync(this.getPath('logs'), { recursive: true });
  }

  /** Named by Windows, and for nothing there is here. */
  setAppUserModelId(_id: string): void {
    return undefined;
  }

  setBadgeCount(count?: number): boolean {
    this.#badge = count ?? 0;
    this.#ports.onBadge(this.#badge);
    return true;
  }

  getBadgeCount(): number {
    return this.#badge;
  }

  /** What the whole desktop would be told stays here: a test must not change how the computer opens links. */
  setAsDefaultProtocolClient(protocol: string): boolean {
    this.#protocols.add(protocol);
    return true;
  }

  isDefaultProtocolClient(protocol: string): boolean {
    return this.#protocols.has(protocol);
  }

  /** As in Electron the app goes on until it ends itself, and the arguments begin with its folder. */
  relaunch(options: Electron.RelaunchOptions = {}): void {
    const args = options.args ?? process.argv.slice(1);
    this.#ports.onRelaunch(args[0] === this.#ports.options.appDir ? args.slice(1) : args);
  }

  /** Every page of Chromium is sandboxed unless the shell runs as root. */
  enableSandbox(): void {
    return undefined;
  }

  disableHardwareAcceleration(): void {
    if (this.#isReady) {
      throw new Error('app.disableHardwareAcceleration() can only be called before app is ready');
    }
  }

  isReady(): boolean {
    return this.#isReady;
  }

  async whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  requestSingleInstanceLock(additionalData?: Record<string, unknown>): boolean {
    const note = { argv: process.argv, cwd: process.cwd(), additionalData: additionalData ?? null };
    return this.#instance.request(this.getPath('userData'), note);
  }

  hasSingleInstanceLock(): boolean {
    return this.#instance.isHeld();
  }

  releaseSingleInstanceLock(): void {
    this.#instance.release();
  }

  /** Electron is ready only after the main bundle has been evaluated, top-level awaits included. */
  announceReady(): void {
    if (!this.#ended && !this.#quitting) {
      this.#isReady = true;
      this.emit('will-finish-launching');
      this.emit('ready', preventable({}), {});
      this.#ready.resolve(undefined);
    }
  }

  quit(): void {
    if (!this.#quitting && !this.#ended) {
      void this.#quit();
    }
  }

  exit(code = 0): void {
    if (!this.#ended) {
      this.#ended = true;
      void this.#ports.destroyWindows().then(async () => this.#end(code));
    }
  }

  onWindowClosed(left: number): void {
    if (left > 0 || this.isQuitting) {
      return;
    }
    if (!this.emit('window-all-closed')) {
      this.quit();
    }
  }

  async #quit(): Promise<void> {
    this.#quitting = true;
    const before = preventable({});
    this.emit('before-quit', before);
    if (before.defaultPrevented || !(await this.#ports.closeWindows())) {
      this.#quitting = false;
      return;
    }
    const will = preventable({});
    this.emit('will-quit', will);
    if (will.defaultPrevented) {
      this.#quitting = false;
      return;
    }
    this.#ended = true;
    await this.#end(0);
  }

  async #end(code: number): Promise<void> {
    this.emit('quit', preventable({}), code);
    this.#instance.release();
    await this.#ports
      .tearDown()
      .catch((error: unknown) => process.stderr.write(`chromium-shell: ${String(error)}\n`));
    process.exit(code);
  }

  #defaultPath(name: string): string {
    const home = homedir();
    const config = process.env.XDG_CONFIG_HOME ?? join(home, '.config');
    switch (name) {
      case 'home':
        return home;
      case 'appData':
        return config;
      case 'userData':
        return join(config, this.#name);
      case 'sessionData':
        return this.getPath('userData');
      case 'logs':
        return join(this.getPath('userData'), 'logs');
      case 'crashDumps':
        return join(this.getPath('userData'), 'Crashpad');
      case 'temp':
        return tmpdir();
      case 'exe':
        return process.execPath;
      default:
        if (SYSTEM_FOLDERS.includes(name)) {
          return join(home, name.charAt(0).toUpperCase() + name.slice(1));
        }
        throw new Error(`Failed to get '${name}' path`);
    }
  }
}
