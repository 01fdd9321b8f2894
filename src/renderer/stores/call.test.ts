import { describe, expect, it } from 'vitest';
import { callIdSchema, deviceIdSchema } from '#shared/identity/ids.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { storeHarness } from '#tests/support/uiHarness/storeHarness.ts';
import type { CallSnapshot } from '../engine/types.ts';
import { useAppStore } from './app.ts';
import { useCallStore } from './call.ts';
import { useNoticesStore } from './notices.ts';

const peer = personId(1);
const callId = callIdSchema.parse('C'.repeat(22));
const facts = {
  callId,
  peer,
  direction: 'incoming',
  video: true,
  startedAt: 1_000,
  local: { microphone: true, camera: true, screen: false },
  remote: { microphone: true, camera: true, screen: false },
} as const;
const incoming: CallSnapshot = { ...facts, phase: 'incoming' };
const ended = (change: object = {}): CallSnapshot => ({
  ...facts,
  phase: 'ended',
  reason: 'peerHungUp',
  code: null,
  elsewhere: null,
  notice: null,
  connectedAt: 2_000,
  endedAt: 44_600,
  ...change,
});

describe('an incoming call', () => {
  it('is shown in its own window while it rings, and not after', () => {
    const { main, engine } = storeHarness();
    useCallStore();
    engine.show(incoming);
    engine.show({ ...incoming });
    engine.show({ ...facts, phase: 'connecting' });
    expect(main.argsOf('incomingShow')).toEqual([
      { call: { callId, from: peer, video: true, since: 1_000 } },
      { call: null },
    ]);
  });

  it.each([
    ['accept', ['accept', { video: true }]],
    ['voice', ['accept', { video: false }]],
    ['decline', ['decline']],
  ] as const)('is answered by "%s" in its own window', (action, command) => {
    const { main, engine } = storeHarness();
    useCallStore();
    engine.show(incoming);
    main.events.emit('incomingAction', { callId, action });
    expect(engine.commands.at(-1)).toEqual(command);
  });

  it('of somebody who is blocked is declined only then, so that main can keep quiet', async () => {
    const { main, engine } = storeHarness();
    const store = useCallStore();
    engine.show(incoming);
    const blocking = store.blockIncoming();
    expect(engine.commands).not.toContainEqual(['decline']);
    await blocking;
    expect(main.argsOf('blockedSet')).toEqual([{ id: peer, blocked: true }]);
    expect(engine.commands.at(-1)).toEqual(['decline']);
  });

  it('goes on ringing, with a notice, when its caller could not be blocked', async () => {
    const { engine } = storeHarness({ refuse: ['blockedSet'] });
    const store = useCallStore();
    engine.show(incoming);
    await store.blockIncoming();
    expect(engine.commands).not.toContainEqual(['decline']);
    expect(useNoticesStore().notices.map(({ code }) => code)).toEqual(['STORAGE_FAILED']);
  });

  it('goes on ringing while its caller is added from its own window', () => {
    const { main, engine } = storeHarness();
    const store = useCallStore();
    engine.show(incoming);
    const before = engine.commands.length;
    main.events.emit('incomingAction', { callId, action: 'add' });
    expect(useAppStore().contactToAdd).toBe(peer);
    expect(store.incoming).toEqual(incoming);
    expect(engine.commands.length).toBe(before);
  });

  it('goes on ringing when its window is dismissed', () => {
    const { main, engine } = storeHarness();
    const store = useCallStore();
    engine.show(incoming);
    const before = engine.commands.length;
    main.events.emit('incomingAction', { callId, action: 'dismiss' });
    expect(engine.commands.length).toBe(before);
    expect(store.incoming).toEqual(incoming);
  });

  it('is not touched by an answer to an older call', () => {
    const { main, engine } = storeHarness();
    useCallStore();
    engine.show(incoming);
    const before = engine.commands.length;
    main.events.emit('incomingAction', { callId: callIdSchema.parse('D'.repeat(22)), action: 'accept' });
    expect(engine.commands.length).toBe(before);
  });

  it('without video is never accepted with the camera on', () => {
    const { engine } = storeHarness();
    const store = useCallStore();
    engine.show({ ...incoming, video: false });
    store.acceptIncoming(true);
    expect(engine.commands.at(-1)).toEqual(['accept', { video: false }]);
  });
});

describe('a call that is asked for while another one rings', () => {
  it('is refused with a notice, which goes when the other one is over', () => {
    const { engine } = storeHarness();
    const store = useCallStore();
    const notices = useNoticesStore();
    engine.show(incoming);
    expect(store.dial(personId(2), true)).toMatchObject({ error: { code: 'CALL_BUSY' } });
    expect(notices.notices.map(({ code }) => code)).toEqual(['CALL_BUSY']);
    engine.show(ended());
    expect(notices.notices).toEqual([]);
  });
});

describe('the end of a call', () => {
  const declined = ended({ reason: 'declinedByMe', connectedAt: null });
  const dismissals = (commands: readonly (readonly unknown[])[]) =>
    commands.filter(([name]) => name === 'dismiss').length;

  it('that the person declined goes by itself after eight seconds', async () => {
    const { clock, engine } = storeHarness();
    const store = useCallStore();
    engine.show(declined);
    await clock.advance(7_999);
    expect(store.call).toEqual(declined);
    await clock.advance(1);
    expect(store.call).toBeUndefined();
  });

  it('stays while the keyboard is in it, and eight seconds more', async () => {
    const { clock, engine } = storeHarness();
    const store = useCallStore();
    engine.show(declined);
    store.holdEnd(true);
    await clock.advance(60_000);
    expect(store.call).toEqual(declined);
    store.holdEnd(false);
    await clock.advance(8_000);
    expect(store.call).toBeUndefined();
  });

  it.each(['missed', 'answeredElsewhere', 'peerHungUp'])('stays when the reason is "%s"', async (reason) => {
    const { clock, engine } = storeHarness();
    const store = useCallStore();
    engine.show(ended({ reason, connectedAt: null }));
    await clock.advance(3_600_000);
    expect(store.call).toMatchObject({ reason });
  });

  it('does not take the call that came after it', async () => {
    const { clock, engine } = storeHarness();
    useCallStore();
    engine.show(declined);
    await clock.advance(7_000);
    engine.show(incoming);
    await clock.advance(8_000);
    expect(dismissals(engine.commands)).toBe(0);
  });
});

describe('a call that ended', () => {
  it('is called again with the same media', () => {
    const { engine } = storeHarness();
    const store = useCallStore();
    engine.show(ended({ video: false }));
    store.again();
    expect(engine.commands.slice(-2)).toEqual([['dismiss'], ['dial', peer, { video: false }]]);
  });
});

describe('the history', () => {
  it('gets what the engine shows, and what it does not show', () => {
    const { main, engine } = storeHarness();
    useCallStore();
    engine.show(incoming);
    engine.show(ended({ reason: 'missed', connectedAt: null }));
    const unheard = { callId: callIdSchema.parse('D'.repeat(22)), peer, video: true, at: 500 };
    engine.emit('missed', { ...unheard, reason: 'busy' });
    engine.emit('takenElsewhere', {
      ...unheard,
      how: 'answered',
      device: deviceIdSchema.parse('E'.repeat(22)),
    });
    expect(main.argsOf('historyRecord')).toMatchObject([
      { call: { callId, end: null } },
      { call: { callId, end: 'missed' } },
      { call: { callId: unheard.callId, at: 500, end: 'missed' } },
      { call: { callId: unheard.callId, at: 500, end: 'answeredElsewhere' } },
    ]);
  });
});

describe('microphone and camera', () => {
  it('are switched to the opposite of what is sent', () => {
    const { engine } = storeHarness();
    const store = useCallStore();
    engine.show({ ...facts, phase: 'connected', connectedAt: 2_000 });
    store.toggleMicrophone();
    store.toggleCamera();
    // It is on for whoever has pressed, also while it opens.
    engine.emit('cameraOpening', true);
    store.toggleCamera();
    engine.emit('cameraOpening', false);
    store.toggleCamera();
    expect(engine.commands.slice(-4)).toEqual([
      ['setMicrophone', false],
      ['setCamera', false],
      ['setCamera', false],
      ['setCamera', true],
    ]);
  });
});
