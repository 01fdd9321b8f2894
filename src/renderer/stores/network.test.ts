import { describe, expect, it } from 'vitest';
import { goodSample, lostHere, recordingOf } from '#tests/support/engine/samples.ts';
import { callIdOf, personId } from '#tests/support/uiHarness/people.ts';
import { storeHarness } from '#tests/support/uiHarness/storeHarness.ts';
import { qualityOf } from '../engine/quality.ts';
import type { CallSnapshot, NetworkReading } from '../engine/types.ts';
import { useCallStore } from './call.ts';
import { useNetworkStore } from './network.ts';

const sending = { microphone: true, camera: true, screen: false };
const callOf = (seed: number, camera = true): CallSnapshot => ({
  callId: callIdOf(seed),
  peer: personId(1),
  direction: 'outgoing',
  video: true,
  startedAt: 0,
  local: { ...sending, camera },
  remote: sending,
  phase: 'connected',
  connectedAt: 0,
});
const reading = (seed: number, change: Partial<NetworkReading> = {}): NetworkReading => ({
  callId: callIdOf(seed),
  sample: goodSample(),
  reading: qualityOf(goodSample()),
  events: [],
  held: false,
  ...change,
});
const turn = async () => new Promise((resolve) => setImmediate(resolve));

describe('the network of the call under way', () => {
  it('is followed for ten minutes, and forgotten with the call', () => {
    const { engine } = storeHarness();
    const store = useNetworkStore();
    engine.show(callOf(1));
    for (let second = 0; second < 700; second++) {
      engine.emit('network', reading(1, { sample: goodSample({ at: second * 1_000 }) }));
    }
    expect(store.liveSamples).toHaveLength(600);
    expect(store.liveSamples.at(-1)?.at).toBe(699_000);
    store.openLive();
    engine.show(undefined);
    expect([store.live, store.shown, store.liveSamples]).toEqual([null, null, []]);
  });

  it('of another call begins anew', () => {
    const { engine } = storeHarness();
    const store = useNetworkStore();
    engine.emit('network', reading(1));
    engine.emit('network', reading(2));
    expect(store.liveSamples).toHaveLength(1);
  });

  it('may be too bad for the picture: then pressing the camera turns it off, and pressing again at once on', () => {
    const { engine } = storeHarness();
    const store = useNetworkStore();
    const call = useCallStore();
    engine.show(callOf(1, false));
    engine.emit('network', reading(1, { held: true, sample: lostHere(20) }));
    expect(store.held).toBe(true);
    call.toggleCamera();
    expect(engine.commands.at(-1)).toEqual(['setCamera', false]);
    expect(store.held).toBe(false);
    call.toggleCamera();
    expect(engine.commands.at(-1)).toEqual(['setCamera', true]);
  });
});

describe('the recording of a call', () => {
  const recording = recordingOf({
    callId: callIdOf(1),
    samples: Array.from({ length: 60 }, () => lostHere(20)),
  });

  it('is kept when the call is over, and says what went wrong', async () => {
    const { engine, main } = storeHarness();
    const store = useNetworkStore();
    engine.emit('recording', recording);
    await turn();
    expect(main.argsOf('recordingSave')).toEqual([{ recording }]);
    expect(store.verdictOf(callIdOf(1))).toMatchObject({ kind: 'lossHere' });
    expect(store.verdictOf(callIdOf(2))).toBeUndefined();
    expect(store.has(callIdOf(1))).toBe(true);
    await store.open(callIdOf(1));
    expect(store.shown).toMatchObject({ kept: true, recording });
  });

  it('is not offered again when it could not be kept, but can be looked at now', async () => {
    const { engine, records } = storeHarness({ refuse: ['recordingSave'] });
    const store = useNetworkStore();
    engine.emit('recording', recording);
    await turn();
    expect(store.has(callIdOf(1))).toBe(false);
    await store.open(callIdOf(1));
    expect(store.shown).not.toBeNull();
    expect(records.map(({ message }) => message)).toContain('recording not kept');
  });

  it('of an earlier call comes from main, goes out as a copy, and can be deleted', async () => {
    const { main } = storeHarness({ recordings: [recording] });
    const store = useNetworkStore();
    await store.load();
    expect(store.has(callIdOf(1))).toBe(true);
    await store.open(callIdOf(1));
    expect(await store.exportShown()).toBe(true);
    expect(main.argsOf('recordingExport')).toEqual([{ callId: callIdOf(1) }]);
    await store.removeShown();
    expect([store.shown, store.has(callIdOf(1))]).toEqual([null, false]);
  });

  it('that is gone says so', async () => {
    storeHarness();
    const store = useNetworkStore();
    await store.open(callIdOf(9));
    expect([store.shown, store.problem]).toEqual([null, 'RECORDING_UNKNOWN']);
  });

  it('from a file is shown and neither kept nor deleted', async () => {
    const { main } = storeHarness({ recordings: [recording] });
    const store = useNetworkStore();
    await store.openFile();
    expect(store.shown).toMatchObject({ kept: false, verdict: { kind: 'lossHere' } });
    expect(main.argsOf('recordingSave')).toEqual([]);
  });

  it('goes from the list with its call', async () => {
    const { main } = storeHarness({ recordings: [recording] });
    const store = useNetworkStore();
    await store.load();
    await main.bridge.recordingRemove({ callId: callIdOf(1) });
    main.events.emit('historyChanged', { unseen: 0 });
    await turn();
    expect(store.has(callIdOf(1))).toBe(false);
  });
});
