import { beforeEach, describe, expect, it } from 'vitest';
import type { IceCandidate, SessionDescription } from '#shared/call/messages.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { asConnection, FakeRtcNetwork } from '#tests/support/engine/FakeRtcNetwork.ts';
import { fakeStream, fakeTrack } from '#tests/support/engine/FakeMedia.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { PeerTransport } from './PeerTransport.ts';

interface End {
  readonly transport: PeerTransport;
  readonly descriptions: { generation: number; description: SessionDescription }[];
  readonly candidates: { generation: number; candidate: IceCandidate | null }[];
  readonly states: string[];
}

let network: FakeRtcNetwork;
let caller: End;
let callee: End;
const clock = new FakeClock();
const settle = async (): Promise<void> => clock.flush();

function end(polite: boolean): End {
  const transport = new PeerTransport({
    rtc: {
      createConnection: () => asConnection(network.create()),
      createStream: (tracks) => fakeStream(tracks),
    },
    polite,
    logger: testLogger().logger,
  });
  const made: End = { transport, descriptions: [], candidates: [], states: [] };
  transport.on('description', ({ generation }) => {
    const description = transport.localDescription;
    if (description !== undefined) {
      made.descriptions.push({ generation, description });
    }
  });
  transport.on('candidate', (candidate) => made.candidates.push(candidate));
  transport.on('state', (state) => made.states.push(state));
  return made;
}

function carryDescriptions(from: End, to: End): void {
  for (const { generation, description } of from.descriptions.splice(0)) {
    to.transport.receiveDescription(generation, description);
  }
}

function carryCandidates(from: End, to: End): void {
  for (const { generation, candidate } of from.candidates.splice(0)) {
    to.transport.receiveCandidate(generation, candidate);
  }
}

async function exchange(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    carryDescriptions(caller, callee);
    carryCandidates(caller, callee);
    await settle();
    carryDescriptions(callee, caller);
    carryCandidates(callee, caller);
    await settle();
  }
}

beforeEach(() => {
  network = new FakeRtcNetwork();
  caller = end(false);
  callee = end(true);
});

describe('the first negotiation', () => {
  it('connects both ends under generation 0', async () => {
    caller.transport.start('offerer', {});
    callee.transport.start('answerer', {});
    await settle();
    expect(caller.descriptions.map(({ generation }) => generation)).toEqual([0]);
    await exchange();
    expect([caller.states, callee.states]).toEqual([['connected'], ['connected']]);
  });

  it('stays cold at the callee until it is started, and then uses what came before', async () => {
    caller.transport.start('offerer', {});
    await settle();
    carryDescriptions(caller, callee);
    carryCandidates(caller, callee);
    await settle();
    expect(network.connections).toHaveLength(1);
    callee.transport.start('answerer', {});
    await settle();
    carryDescriptions(callee, caller);
    carryCandidates(callee, caller);
    await settle();
    expect(callee.states).toEqual(['connected']);
  });

  it('keeps candidates that come before their description', async () => {
    caller.transport.start('offerer', {});
    callee.transport.start('answerer', {});
    await settle();
    carryCandidates(caller, callee);
    await settle();
    await exchange();
    expect(callee.states).toEqual(['connected']);
  });

  it('sends the tracks that were set before it, and those set later', async () => {
    const audio = fakeTrack('audio');
    callee.transport.setTrack('audio', audio);
    caller.transport.start('offerer', {});
    callee.transport.start('answerer', {});
    await settle();
    await exchange();
    const video = fakeTrack('video');
    callee.transport.setTrack('video', video);
    await settle();
    const senders = network.connections[1]?.getTransceivers().map(({ sender }) => sender.track);
    expect(senders).toEqual([audio, video]);
    expect(network.connections[1]?.getTransceivers().map(({ direction }) => direction)).toEqual([
      'sendrecv',
      'sendrecv',
    ]);
  });

  it('reports a description that is refused', async () => {
    let rejected = 0;
    callee.transport.on('rejected', () => (rejected += 1));
    callee.transport.start('answerer', {});
    callee.transport.receiveDescription(0, { type: 'offer', sdp: 'nonsense' });
    await settle();
    expect(rejected).toBe(1);
  });
});

it('reports a configuration that the browser refuses instead of throwing', () => {
  const transport = new PeerTransport({
    rtc: {
      createConnection: () => {
        throw new TypeError('bad port');
      },
      createStream: (tracks) => fakeStream(tracks),
    },
    polite: false,
    logger: testLogger().logger,
  });
  let failed = 0;
  transport.on('failed', () => (failed += 1));
  transport.start('offerer', {});
  transport.close();
  expect(failed).toBe(1);
});

describe('a restart', () => {
  beforeEach(async () => {
    caller.transport.start('offerer', {});
    callee.transport.start('answerer', {});
    await settle();
    await exchange();
  });

  it('asks the encoder for a whole picture once there is a new path, because part of one was lost', async () => {
    const keyFrames = () =>
      network.connections.map((connection) =>
        connection.getTransceivers().map(({ kind, sender }) => [kind, sender.keyFrames]),
      );
    const none = [
      ['audio', 0],
      ['video', 0],
    ];
    expect(keyFrames()).toEqual([none, none]);
    caller.transport.restartIce();
    await settle();
    await exchange();
    const one = [
      ['audio', 0],
      ['video', 1],
    ];
    expect(keyFrames()).toEqual([one, one]);
  });

  it('asks for a whole picture when an interrupted path goes on', async () => {
    const [connection] = network.connections;
    connection?.setState('disconnected');
    await settle();
    connection?.setState('connected');
    await settle();
    expect(connection?.getTransceivers().map(({ sender }) => sender.keyFrames)).toEqual([0, 1]);
  });

  it('counts the generation up at both ends', async () => {
    callee.transport.restartIce();
    await settle();
    expect(callee.descriptions.map(({ generation }) => generation)).toEqual([1]);
    await exchange();
    expect(network.connections.map(({ signalingState }) => signalingState)).toEqual(['stable', 'stable']);
  });

  it('from both ends at once ends with the offer of the impolite side', async () => {
    caller.transport.restartIce();
    callee.transport.restartIce();
    await settle();
    const offer = caller.descriptions[0];
    await exchange();
    expect(network.connections.map(({ signalingState }) => signalingState)).toEqual(['stable', 'stable']);
    expect(network.connections[1]?.remoteDescription?.sdp).toBe(offer?.description.sdp);
  });

  it('after one whose answer was lost is a newer generation', async () => {
    caller.transport.restartIce();
    await settle();
    caller.descriptions.splice(0);
    caller.transport.restartIce();
    await settle();
    expect(caller.descriptions.map(({ generation }) => generation)).toEqual([2]);
    await exchange();
    expect(network.connections[0]?.signalingState).toBe('stable');
  });

  it('that is asked for while one is under way is that one again', async () => {
    caller.transport.restartIce();
    await settle();
    const [lost] = caller.descriptions.splice(0);
    caller.transport.restartFor(0);
    await settle();
    expect(caller.descriptions.map(({ generation }) => generation)).toEqual([lost?.generation]);
    await exchange();
    expect(network.connections.map(({ signalingState }) => signalingState)).toEqual(['stable', 'stable']);
    caller.transport.restartFor(1);
    await settle();
    expect(caller.descriptions.map(({ generation }) => generation)).toEqual([2]);
  });

  it('makes everything of an older generation stale', async () => {
    caller.transport.restartIce();
    await settle();
    const [old] = caller.descriptions;
    caller.transport.restartIce();
    await settle();
    caller.descriptions.shift();
    await exchange();
    const before = network.connections[1]?.remoteDescription;
    callee.transport.receiveDescription(1, old?.description ?? { type: 'offer', sdp: '' });
    callee.transport.receiveDescription(2, { type: 'answer', sdp: 'v=0' });
    callee.transport.receiveCandidate(1, null);
    await settle();
    expect(network.connections[1]?.remoteDescription).toBe(before);
    expect(callee.descriptions).toEqual([]);
  });
});

it('does nothing after close', async () => {
  caller.transport.start('offerer', {});
  caller.transport.close();
  caller.transport.restartIce();
  caller.transport.receiveDescription(0, { type: 'answer', sdp: 'v=0' });
  caller.transport.setTrack('audio', fakeTrack('audio'));
  await settle();
  expect(caller.descriptions).toEqual([]);
  expect(network.open).toBe(0);
});
