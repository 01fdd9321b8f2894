import type { ErrorCode } from '#shared/errors.ts';
import type { RetryAdvice } from '#shared/protocol/closeCodes.ts';
import { assertNever } from '#shared/result.ts';
import type { SignalingState } from '#shared/signalingState.ts';
import { reconnectDelay, stableMs } from './reconnectPolicy.ts';

/** `failures`: losses and failed attempts since the connection was last stable. Times: epoch milliseconds. */
export type MachineState =
  | { readonly phase: 'stopped' }
  | {
      readonly phase: 'connecting' | 'authenticating';
      readonly since: number;
      readonly failures: number;
      /** When the last connection was lost or the first attempt failed; null on the first attempt. */
      readonly lostAt: number | null;
    }
  | { readonly phase: 'online'; readonly since: number; readonly failures: number }
  | {
      readonly phase: 'waiting';
      readonly reason: ErrorCode;
      readonly failures: number;
      readonly lostAt: number;
      readonly retryAt: number | null;
    };

export type MachineEvent =
  | { readonly type: 'start'; readonly now: number }
  | { readonly type: 'stop' }
  /** The WebSocket is open. */
  | { readonly type: 'opened' }
  /** The server accepted the login. */
  | { readonly type: 'ready'; readonly now: number }
  | {
      readonly type: 'lost';
      readonly now: number;
      readonly reason: ErrorCode;
      readonly advice: RetryAdvice;
      /** 0 (inclusive) to 1 (exclusive), for the jitter. */
      readonly random: number;
    }
  /** The waiting is over. */
  | { readonly type: 'due'; readonly now: number }
  /** Somebody asked for an attempt: ends any waiting. */
  | { readonly type: 'retry'; readonly now: number }
  /** An attempt may do better now: ends waiting, unless the server said "never". */
  | { readonly type: 'hasten'; readonly now: number }
  /** The socket is out of date: replaced, unless the server said "never". */
  | { readonly type: 'wake'; readonly now: number }
  /** The address is another one: whatever there is, is replaced. */
  | { readonly type: 'restart'; readonly now: number };

export type MachineEffect =
  | { readonly type: 'open' }
  | { readonly type: 'drop' }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'stopWaiting' };

export interface Step {
  readonly state: MachineState;
  readonly effects: readonly MachineEffect[];
}

/** The connection as a pure reducer; an event that does not fit the phase changes nothing. */
export function step(state: MachineState, event: MachineEvent): Step {
  const unchanged: Step = { state, effects: [] };
  switch (event.type) {
    case 'start':
      return state.phase === 'stopped' ? connect(event.now, 0, null, []) : unchanged;
    case 'stop':
      return state.phase === 'stopped'
        ? unchanged
        : { state: { phase: 'stopped' }, effects: [{ type: 'stopWaiting' }, { type: 'drop' }] };
    case 'opened':
      return state.phase === 'connecting'
        ? { state: { ...state, phase: 'authenticating' }, effects: [] }
        : unchanged;
    case 'ready':
      return state.phase === 'authenticating'
        ? { state: { phase: 'online', since: event.now, failures: state.failures }, effects: [] }
        : unchanged;
    case 'lost':
      return state.phase === 'stopped' || state.phase === 'waiting' ? unchanged : lose(state, event);
    case 'due':
      return state.phase === 'waiting' ? connect(event.now, state.failures, state.lostAt, []) : unchanged;
    case 'retry':
      return state.phase === 'waiting'
        ? connect(event.now, 0, state.lostAt, [{ type: 'stopWaiting' }])
        : unchanged;
    case 'hasten':
      return staysAway(state) ? unchanged : step(state, { type: 'retry', now: event.now });
    case 'wake':
      return staysAway(state) ? unchanged : step(state, { type: 'restart', now: event.now });
    case 'restart':
      return state.phase === 'stopped'
        ? unchanged
        : connect(event.now, 0, lostAt(state), [{ type: 'stopWaiting' }, { type: 'drop' }]);
    default:
      return assertNever(event);
  }
}

/** The server said "never": two computers with a copied profile would evict each other for ever. */
const staysAway = (state: MachineState): boolean => state.phase === 'waiting' && state.retryAt === null;

function connect(now: number, failures: number, lost: number | null, before: readonly MachineEffect[]): Step {
  return {
    state: { phase: 'connecting', since: now, failures, lostAt: lost },
    effects: [...before, { type: 'open' }],
  };
}

function lose(
  state: Exclude<MachineState, { phase: 'stopped' | 'waiting' }>,
  event: Extract<MachineEvent, { type: 'lost' }>,
): Step {
  const wasStable = state.phase === 'online' && event.now - state.since >= stableMs;
  const failures = wasStable ? 1 : state.failures + 1;
  const since = lostAt(state) ?? event.now;
  const ms = reconnectDelay({ advice: event.advice, failures, random: event.random });
  if (ms === 0) {
    return connect(event.now, failures, since, [{ type: 'drop' }]);
  }
  return {
    state: {
      phase: 'waiting',
      reason: event.reason,
      failures,
      lostAt: since,
      retryAt: ms === null ? null : event.now + ms,
    },
    effects: ms === null ? [{ type: 'drop' }] : [{ type: 'drop' }, { type: 'wait', ms }],
  };
}

const lostAt = (state: MachineState): number | null => ('lostAt' in state ? state.lostAt : null);

/** What the interface shows; a client that was stopped looks like one that waits for a change. */
export function toSignalingState(state: MachineState, url: string, now: number): SignalingState {
  switch (state.phase) {
    case 'stopped':
      return { phase: 'offline', url, since: now, reason: 'SIGNALING_OFFLINE', retryAt: null };
    case 'connecting':
    case 'authenticating':
      return { phase: 'connecting', url, since: state.since };
    case 'online':
      return { phase: 'online', url, since: state.since };
    case 'waiting':
      return { phase: 'offline', url, since: state.lostAt, reason: state.reason, retryAt: state.retryAt };
    default:
      return assertNever(state);
  }
}
