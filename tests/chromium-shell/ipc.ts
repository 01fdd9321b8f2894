import { EventEmitter } from 'node:events';
import { createCodec } from './codec.ts';
import { guard } from './notImplemented.ts';

/** The encoder that main's side of every message uses. */
export const codec = createCodec();

type Handler = (event: unknown, ...args: unknown[]) => unknown;

export interface IpcSource {
  readonly sender: Electron.WebContents;
  readonly frame: Electron.WebFrameMain;
}

/** `ipcMain`: message channels are any string, so that every event name is legal. */
export class ShellIpcMain extends EventEmitter {
  readonly exposed: Electron.IpcMain;
  readonly #handlers = new Map<string, Handler>();

  constructor() {
    super();
    this.setMaxListeners(0);
    this.exposed = guard('ipcMain', this);
  }

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel)) {
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    }
    this.#handlers.set(channel, handler);
  }

  handleOnce(channel: string, handler: Handler): void {
    this.handle(channel, (event, ...args) => {
      this.removeHandler(channel);
      return handler(event, ...args);
    });
  }

  removeHandler(channel: string): void {
    this.#handlers.delete(channel);
  }

  /** The encoded `{value}` or `{error}`; a rejection crosses as its text alone, as Electron does it. */
  async invoke(source: IpcSource, channel: string, args: string): Promise<string> {
    try {
      const handler = this.#handlers.get(channel);
      if (handler === undefined) {
        throw new Error(`No handler registered for '${channel}'`);
      }
      const value = await handler(frameEvent(source), ...(codec.decode(args) as unknown[]));
      return codec.encode({ value });
    } catch (error) {
      process.stderr.write(`Error occurred in handler for '${channel}': ${describe(error)}\n`);
      return codec.encode({ error: String(error) });
    }
  }

  receive(source: IpcSource, channel: string, args: string): void {
    const reply = (name: string, ...values: unknown[]): void => source.sender.send(name, ...values);
    this.emit(
      channel,
      { ...frameEvent(source), reply, returnValue: undefined, ports: [] },
      ...(codec.decode(args) as unknown[]),
    );
  }
}

function frameEvent({ sender, frame }: IpcSource): object {
  return { type: 'frame', processId: frame.processId, frameId: frame.routingId, sender, senderFrame: frame };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
