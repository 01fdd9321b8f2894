import { inject, type InjectionKey } from 'vue';
import type { Clock } from '#shared/clock.ts';
import type { Unsubscribe } from '#shared/emitter.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { AppInfo } from '#shared/ipc/contract.ts';
import type { DesktopBridge } from '#shared/ipc/types.ts';
import type { Logger } from '#shared/logging.ts';
import type { Result } from '#shared/result.ts';
import type { IceServer, Settings } from '#shared/settings.ts';
import type { IceProbeResult } from '../engine/IceProbe.ts';
import type { NatKind } from '../engine/NatProbe.ts';
import type { DeviceKind, DeviceOption, EngineEvents, PreviewKinds } from '../engine/types.ts';

/** What the interface needs of the call engine; commands report what came of them through events. */
export interface CallEnginePort {
  /** Errors: PEER_IS_SELF, CALL_BUSY. */
  dial(peer: PeerId, media: { readonly video: boolean }): Result<null>;
  accept(media: { readonly video: boolean }): unknown;
  decline(): unknown;
  hangUp(): unknown;
  /** Puts an ended call away. */
  dismiss(): unknown;
  setMicrophone(on: boolean): unknown;
  setCamera(on: boolean): unknown;
  prefer(kind: DeviceKind, option: DeviceOption | null): unknown;
  /** Opens camera and microphone outside of a call, for the ready room. */
  setPreview(kinds: PreviewKinds): unknown;
  setNetwork(network: Settings['network']): unknown;
  setRingSeconds(seconds: number): unknown;
  on<K extends keyof EngineEvents>(event: K, listener: (payload: EngineEvents[K]) => void): Unsubscribe;
}

/** Everything that stores reach outside of the interface; made by the composition root. */
export interface StorePorts {
  readonly bridge: DesktopBridge;
  readonly engine: CallEnginePort;
  /** Asks one ICE server for an address. */
  readonly probeIce: (server: IceServer) => Promise<IceProbeResult>;
  /** What several STUN servers see of this computer. */
  readonly probeNat: (urls: readonly string[]) => Promise<NatKind>;
  /** Mean brightness of the own picture, 0 to 1; null: there is none. */
  readonly pictureBrightness: () => Promise<number | null>;
  readonly info: AppInfo;
  readonly clock: Clock;
  readonly log: Logger;
}

export const storePortsKey: InjectionKey<StorePorts> = Symbol('store ports');

/** For the setup of a store: Pinia runs it inside the app, so what the app provides can be injected. */
export function useStorePorts(): StorePorts {
  const ports = inject(storePortsKey);
  if (ports === undefined) {
    throw new Error('the composition root provides the ports before a store is used');
  }
  return ports;
}
