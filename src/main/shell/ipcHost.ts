import { ipcMain, type BrowserWindow, type IpcMainInvokeEvent } from 'electron';
import { channelPrefix, commandNames, type CommandName, type EventName } from '#shared/ipc/channels.ts';
import {
  commands,
  type CommandArgs,
  type CommandValue,
  type IpcEvents,
  type WindowRole,
} from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { fail, type Result } from '#shared/result.ts';
import { isAppUrl } from '../services/appOrigin.ts';
import { EventQueue, type QueuedEvent } from '../services/ipc/EventQueue.ts';

type Handler<K extends CommandName> = (
  args: CommandArgs<K>,
) => Promise<Result<CommandValue<K>>> | Result<CommandValue<K>>;

export type CommandHandlers = { readonly [K in CommandName]: Handler<K> };

type AnyHandler = (args: unknown) => Promise<Result<unknown>> | Result<unknown>;

/**
 * The one gate between pages and main. Every call is checked (a window of ours, in the role that the
 * contract names, its main frame, our origin), its arguments are parsed, and the answer is a `Result`:
 * nothing is ever thrown across, because a rejected `invoke` keeps only its text.
 */
export class IpcHost {
  readonly #logger: Logger;
  readonly #windows = new Map<WindowRole, BrowserWindow>();
  readonly #queue = new EventQueue({ deliver: (event) => this.#send('main', event) });

  constructor(options: { readonly logger: Logger }) {
    this.#logger = options.logger;
  }

  /** Registers every command of the contract. Called once. */
  serve(handlers: CommandHandlers): void {
    for (const name of commandNames) {
      const handler = handlers[name] as AnyHandler;
      ipcMain.handle(channelPrefix + name, async (event, args: unknown) =>
        this.#answer(name, handler, event, args),
      );
    }
  }

  /** Makes a window known in a role until it is closed. */
  attach(role: WindowRole, window: BrowserWindow): void {
    this.#windows.set(role, window);
    window.on('closed', () => {
      if (this.#windows.get(role) === window) {
        this.#windows.delete(role);
        this.#shut(role);
      }
    });
    window.webContents.on('render-process-gone', () => this.#shut(role));
    // A reload: the page that listened is gone, the next one says `appReady` again.
    window.webContents.on('did-navigate', () => this.#shut(role));
  }

  /** To the main window; waits until its page is ready. */
  emit<K extends EventName>(name: K, payload: IpcEvents[K]): void {
    this.#queue.push({ name, payload } as QueuedEvent);
  }

  /** To the incoming window if there is one; its page asks for the state when it loads, so nothing waits. */
  emitToIncoming<K extends EventName>(name: K, payload: IpcEvents[K]): void {
    this.#send('incoming', { name, payload } as QueuedEvent);
  }

  #shut(role: WindowRole): void {
    if (role === 'main') {
      this.#queue.shut();
    }
  }

  #send(role: WindowRole, event: QueuedEvent): void {
    const window = this.#windows.get(role);
    if (window !== undefined && !window.isDestroyed()) {
      window.webContents.send(channelPrefix + event.name, event.payload);
    }
  }

  async #answer(
    name: CommandName,
    handler: AnyHandler,
    event: IpcMainInvokeEvent,
    args: unknown,
  ): Promise<Result<unknown>> {
    const role = this.#roleOf(event);
    if (role === undefined || !commands[name].windows.includes(role)) {
      this.#logger.warn('command refused', { command: name, role: role ?? 'none' });
      return fail('IPC_REFUSED', `${name} is not for this page`);
    }
    try {
      // The contract's input types are checked at compile time at the page; here only the value counts.
      const parsed = commands[name].args.safeParse(args ?? {});
      if (!parsed.success) {
        const at = parsed.error.issues[0]?.path.join('.') ?? '';
        this.#logger.warn('command with bad arguments', { command: name, at });
        return fail('IPC_BAD_ARGUMENTS', `${name}: ${at}: ${parsed.error.issues[0]?.message ?? 'invalid'}`);
      }
      const result = await handler(parsed.data);
      if (name === 'appReady' && result.ok) {
        // After the answer has left, so that the page knows the state that events change.
        setImmediate(() => this.#queue.open());
      }
      return result;
    } catch (error) {
      this.#logger.error('command failed', { command: name, error });
      return fail('APP_INTERNAL', `${name} failed`);
    }
  }

  #roleOf(event: IpcMainInvokeEvent): WindowRole | undefined {
    const frame = event.senderFrame;
    if (frame === null || frame !== event.sender.mainFrame || !isAppUrl(frame.url)) {
      return undefined;
    }
    for (const [role, window] of this.#windows) {
      if (!window.isDestroyed() && window.webContents === event.sender) {
        return role;
      }
    }
    return undefined;
  }
}
