import type { Unsubscribe } from '../emitter.ts';
import type { Result } from '../result.ts';
import type { CommandName, EventName } from './channels.ts';
import type { CommandArgs, CommandValue, IpcEvents } from './contract.ts';

type Commands = {
  readonly [K in CommandName]: (args: CommandArgs<K>) => Promise<Result<CommandValue<K>>>;
};

type Events = {
  readonly [K in EventName as `on${Capitalize<K>}`]: (
    listener: (payload: IpcEvents[K]) => void,
  ) => Unsubscribe;
};

/** `window.peerline`: one function per command and one per event, nothing generic. */
export type DesktopBridge = Commands & Events;
