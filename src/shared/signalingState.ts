import type { ErrorCode } from './errors.ts';

/** The connection to the signaling server as the interface shows it. Times in milliseconds since the epoch. */
export type SignalingState =
  | { readonly phase: 'connecting'; readonly url: string; readonly since: number }
  | { readonly phase: 'online'; readonly url: string; readonly since: number }
  | {
      readonly phase: 'offline';
      readonly url: string;
      /** When the connection was lost, or the first attempt failed. */
      readonly since: number;
      readonly reason: ErrorCode;
      /** When the next attempt starts; null: only after a change or on request. */
      readonly retryAt: number | null;
    };

/** Another device of the identity has signed this one out of the server in use. */
export const isSignedOut = (state: SignalingState): boolean =>
  state.phase === 'offline' && state.reason === 'SIGNALING_SIGNED_OUT';

/** The signaling server inside the app. */
export type OwnServerState =
  | { readonly phase: 'off' }
  | {
      readonly phase: 'running';
      readonly port: number;
      /** `ws://` addresses at which other computers reach it; empty while it is closed to the network. */
      readonly addresses: readonly string[];
    }
  /** The port is taken by another program, most likely another Peerline, which is then used. */
  | { readonly phase: 'shared'; readonly port: number }
  | { readonly phase: 'failed'; readonly reason: ErrorCode };
