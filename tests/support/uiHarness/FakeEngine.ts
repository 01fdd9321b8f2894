import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { CallEnginePort } from '../../../src/renderer/stores/ports.ts';
import type {
  CallSnapshot,
  DeviceKind,
  DeviceOption,
  DeviceSnapshot,
  EngineEvents,
  PreviewKinds,
} from '../../../src/renderer/engine/types.ts';

/** An engine that does what it is told to show, and notes every command with its arguments. */
export class FakeEngine implements CallEnginePort {
  readonly commands: (readonly unknown[])[] = [];
  readonly #events = new Emitter<EngineEvents>((error) => {
    throw error;
  });
  #call: CallSnapshot | undefined;
  #devices: DeviceSnapshot | undefined;

  on<K extends keyof EngineEvents>(event: K, listener: (payload: EngineEvents[K]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  emit<K extends keyof EngineEvents>(event: K, payload: EngineEvents[K]): void {
    this.#events.emit(event, payload);
  }

  /** Shows a call; undefined shows none. */
  show(call: CallSnapshot | undefined): void {
    this.#call = call;
    this.emit('call', call);
  }

  showDevices(devices: DeviceSnapshot): void {
    this.#devices = devices;
    this.emit('devices', devices);
  }

  #note(...command: readonly unknown[]): void {
    this.commands.push(command);
  }

  dial = (...args: readonly unknown[]): Result<null> => {
    this.#note('dial', ...args);
    return this.#call === undefined || this.#call.phase === 'ended'
      ? ok(null)
      : fail('CALL_BUSY', 'another call is going on');
  };
  accept = (...args: readonly unknown[]) => this.#note('accept', ...args);
  decline = () => this.#note('decline');
  hangUp = () => this.#note('hangUp');
  dismiss = () => {
    this.#note('dismiss');
    this.show(undefined);
  };
  prefer = (kind: DeviceKind, option: DeviceOption | null) => {
    this.#note('prefer', kind, option);
    if (this.#devices !== undefined) {
      const state = this.#devices[kind];
      const active = option ?? state.options[0] ?? null;
      this.showDevices({ ...this.#devices, [kind]: { ...state, preferred: option, active } });
    }
  };
  setPreview = (kinds: PreviewKinds) => this.#note('setPreview', kinds);
  setNetwork = (...args: readonly unknown[]) => this.#note('setNetwork', ...args);
  setRingSeconds = (seconds: number) => this.#note('setRingSeconds', seconds);

  setMicrophone = (on: boolean) => {
    this.#note('setMicrophone', on);
    this.#send({ microphone: on });
  };

  setCamera = (on: boolean) => {
    this.#note('setCamera', on);
    this.#send({ camera: on });
  };

  #send(change: Partial<CallSnapshot['local']>): void {
    if (this.#call !== undefined) {
      this.show({ ...this.#call, local: { ...this.#call.local, ...change } });
    }
  }
}
