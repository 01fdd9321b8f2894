import { describe, expect, it } from 'vitest';
import { step, toSignalingState, type MachineEvent, type MachineState } from './signalingMachine.ts';

const connecting: MachineState = { phase: 'connecting', since: 0, failures: 0, lostAt: null };
const authenticating: MachineState = { ...connecting, phase: 'authenticating' };
const online: MachineState = { phase: 'online', since: 0, failures: 0 };
const waiting: MachineState = {
  phase: 'waiting',
  reason: 'SIGNALING_OFFLINE',
  failures: 3,
  lostAt: 10,
  retryAt: 500,
};
const never: MachineState = { ...waiting, reason: 'SIGNALING_REPLACED', retryAt: null };
const lost: MachineEvent = {
  type: 'lost',
  now: 100,
  reason: 'SIGNALING_OFFLINE',
  advice: 'backoff',
  random: 0,
};

describe('step', () => {
  it('goes from start to online', () => {
    const opened = step(step({ phase: 'stopped' }, { type: 'start', now: 1 }).state, { type: 'opened' });
    expect(opened.state.phase).toBe('authenticating');
    expect(step(opened.state, { type: 'ready', now: 5 }).state).toEqual({
      phase: 'online',
      since: 5,
      failures: 0,
    });
  });

  it('waits after a failed attempt, longer each time', () => {
    const first = step(connecting, lost);
    expect(first.state).toMatchObject({ phase: 'waiting', failures: 1, lostAt: 100, retryAt: 350 });
    expect(first.effects).toEqual([{ type: 'drop' }, { type: 'wait', ms: 250 }]);
    const again = step(first.state, { type: 'due', now: 350 });
    expect(again.effects).toEqual([{ type: 'open' }]);
    expect(step(again.state, { ...lost, now: 400 }).state).toMatchObject({
      failures: 2,
      // The outage began with the first loss, not with the last attempt.
      lostAt: 100,
      retryAt: 900,
    });
  });

  it('connects again at once when a stable server says that it is going away', () => {
    const stable = step(online, { ...lost, now: 60_000, advice: 'now' });
    expect(stable.state.phase).toBe('connecting');
    expect(stable.effects).toEqual([{ type: 'drop' }, { type: 'open' }]);
  });

  it('does not spin when a server says so again and again', () => {
    const second = step({ ...online, failures: 1 }, { ...lost, now: 50, advice: 'now' });
    expect(second.state.phase).toBe('waiting');
  });

  it('counts from the beginning once a connection was stable', () => {
    expect(step({ ...online, failures: 7 }, { ...lost, now: 60_000 }).state).toMatchObject({ failures: 1 });
    expect(step({ ...online, failures: 7 }, { ...lost, now: 100 }).state).toMatchObject({ failures: 8 });
  });

  it('stays away when the server says never, until somebody asks', () => {
    const refused = step(authenticating, { ...lost, reason: 'SIGNALING_AUTH_FAILED', advice: 'never' });
    expect(refused.state).toMatchObject({ phase: 'waiting', retryAt: null, reason: 'SIGNALING_AUTH_FAILED' });
    expect(refused.effects).toEqual([{ type: 'drop' }]);
    expect(step(refused.state, { type: 'retry', now: 900 }).effects).toEqual([
      { type: 'stopWaiting' },
      { type: 'open' },
    ]);
  });

  it.each(['hasten', 'wake'] as const)('tries at once on "%s" where it waits for an attempt', (type) => {
    expect(step(waiting, { type, now: 200 }).state).toMatchObject({ phase: 'connecting', failures: 0 });
  });

  it('replaces the connection on waking, whatever the phase', () => {
    for (const state of [connecting, authenticating, online, waiting]) {
      expect(step(state, { type: 'wake', now: 7 })).toEqual(step(state, { type: 'restart', now: 7 }));
    }
  });

  it('replaces the connection on a restart, whatever the phase', () => {
    for (const state of [connecting, authenticating, online, waiting, never]) {
      const restarted = step(state, { type: 'restart', now: 7 });
      expect(restarted.state).toMatchObject({ phase: 'connecting', failures: 0 });
      expect(restarted.effects).toEqual([{ type: 'stopWaiting' }, { type: 'drop' }, { type: 'open' }]);
    }
  });

  it.each<[MachineState, MachineEvent]>([
    [{ phase: 'stopped' }, { type: 'stop' }],
    [{ phase: 'stopped' }, { type: 'restart', now: 1 }],
    [{ phase: 'stopped' }, { type: 'wake', now: 1 }],
    [{ phase: 'stopped' }, { type: 'hasten', now: 1 }],
    [{ phase: 'stopped' }, lost],
    [online, { type: 'hasten', now: 1 }],
    [connecting, { type: 'hasten', now: 1 }],
    [never, { type: 'hasten', now: 1 }],
    [never, { type: 'wake', now: 1 }],
    [online, { type: 'start', now: 1 }],
    [online, { type: 'retry', now: 1 }],
    [online, { type: 'due', now: 1 }],
    [online, { type: 'opened' }],
    [connecting, { type: 'ready', now: 1 }],
    [waiting, { type: 'opened' }],
    [waiting, lost],
  ])('in %j nothing comes of %j', (state, event) => {
    expect(step(state, event)).toEqual({ state, effects: [] });
  });
});

describe('toSignalingState', () => {
  it('shows when the outage began and when the next attempt is', () => {
    expect(toSignalingState(waiting, 'ws://a', 99)).toEqual({
      phase: 'offline',
      url: 'ws://a',
      since: 10,
      reason: 'SIGNALING_OFFLINE',
      retryAt: 500,
    });
  });

  it('shows the login as connecting', () => {
    expect(toSignalingState(authenticating, 'ws://a', 99)).toEqual({
      phase: 'connecting',
      url: 'ws://a',
      since: 0,
    });
  });
});
