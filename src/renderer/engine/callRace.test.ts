import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createWorld, peerA, peerB, type TestPeer } from '#tests/support/engine/engineWorld.ts';

/**
 * One call to a person with two devices, with everything on the way held back and let through in a random
 * order: of the lanes between two devices each keeps its own. fast-check prints seed and choices of a round
 * that fails.
 */
interface Mode {
  /** Whether the devices connect while they ring. */
  readonly fastAnswer: 'contacts' | 'never';
  /** From when on messages are held back. */
  readonly from: 'the ring' | 'the dial';
}
const modes: readonly Mode[] = [
  { fastAnswer: 'never', from: 'the ring' },
  { fastAnswer: 'contacts', from: 'the ring' },
  { fastAnswer: 'contacts', from: 'the dial' },
];

const rounds = 150;
const steps = 60;
/** Longer than any timer of the call machine, milliseconds. */
const forEver = 200_000;

interface Race {
  readonly caller: TestPeer;
  readonly first: TestPeer;
  readonly second: TestPeer;
}
/** What a person does; false: it cannot be done now, and is tried again. */
type Act = (race: Race) => boolean;

const firstAccepts: Act = ({ first }) => first.engine.accept({ video: true }).ok;
const secondAccepts: Act = ({ second }) => second.engine.accept({ video: true }).ok;
const secondDeclines: Act = ({ second }) => second.engine.decline().ok;
const callerCancels: Act = ({ caller }) =>
  // Before an answer only: otherwise it hangs up a call, which is no race.
  caller.engine.call?.phase !== 'outgoing' || caller.engine.hangUp().ok;

/** Where in the round a person acts, which lane moves next, and how long passes before it does. */
const round = fc.record({
  moves: fc.array(fc.record({ lane: fc.nat(11), wait: fc.constantFrom(0, 0, 0, 20, 700) }), {
    minLength: steps,
    maxLength: steps,
  }),
  /** Moves between that both devices ring and each act. */
  acts: fc.tuple(fc.nat(4), fc.nat(4)),
  swapped: fc.boolean(),
});
type Round = typeof round extends fc.Arbitrary<infer T> ? T : never;

/** `lose`: the how-manyth message that moves is lost; undefined: none. */
async function play(mode: Mode, acts: readonly [Act, Act], choices: Round, lose?: number) {
  const world = createWorld({ fastAnswer: mode.fastAnswer });
  const { clock, signaling } = world;
  const race: Race = {
    caller: world.peer(peerA),
    first: world.peer(peerB, { device: 'first' }),
    second: world.peer(peerB, { device: 'second' }),
  };
  await clock.flush();
  signaling.held = mode.from === 'the dial';
  race.caller.engine.dial(peerB, { video: true });
  await clock.flush();
  signaling.held = true;
  const [early, late] = choices.swapped ? [acts[1], acts[0]] : acts;
  let due = [
    { at: choices.acts[0], act: early },
    { at: choices.acts[1], act: late },
  ];
  const actWhatIsDue = (move: number): void => {
    due = due.filter(({ at, act }) => move < at || !act(race));
  };
  const drain = async (): Promise<void> => {
    for (let [lane] = signaling.lanes; lane !== undefined; [lane] = signaling.lanes) {
      signaling.deliver(lane);
      await clock.flush();
    }
    await clock.flush();
  };
  let lost: string | undefined;
  let passed = 0;
  for (const [index, { lane: choice, wait }] of choices.moves.entries()) {
    actWhatIsDue(index);
    await clock.advance(wait);
    const { lanes } = signaling;
    const lane = lanes[choice % Math.max(1, lanes.length)];
    if (lane === undefined) {
      continue;
    }
    if (passed === lose) {
      lost = signaling.lose(lane);
    } else {
      signaling.deliver(lane);
    }
    passed += 1;
  }
  signaling.held = false;
  await drain();
  actWhatIsDue(steps);
  await drain();
  return { ...race, world, lost };
}

type Played = Awaited<ReturnType<typeof play>>;

const phaseOf = ({ engine }: TestPeer) => engine.call?.phase;
const elsewhereOf = ({ engine }: TestPeer) =>
  engine.call?.phase === 'ended' ? engine.call.elsewhere : undefined;

/** A device that heard of the other one's answer before the invite never rings. */
const neverRang = (peer: TestPeer): boolean => peer.shown.length === 0;
const isOver = (peer: TestPeer): boolean => phaseOf(peer) === 'ended' || neverRang(peer);

function expectElsewhere(peer: TestPeer, reason: string, device: string): void {
  if (!neverRang(peer)) {
    expect([peer.reason(), elsewhereOf(peer)]).toEqual([reason, device]);
  }
}

/** Nothing of a call is left on a device. */
function expectReleased(peer: TestPeer): void {
  expect(peer.media.live).toEqual([]);
  expect(peer.watched.size).toBe(0);
  expect(peer.engine.remoteStream).toBeNull();
}

/** Caller and one device talk to each other; the other device has nothing left. */
function expectOneCall({ world, caller, first, second }: Played): { winner: TestPeer; loser: TestPeer } {
  const winner = phaseOf(first) === 'connected' ? first : second;
  const loser = winner === first ? second : first;
  expect([phaseOf(caller), phaseOf(winner), isOver(loser)]).toEqual(['connected', 'connected', true]);
  expect(winner.engine.call?.callId).toBe(caller.engine.call?.callId);
  expect(world.rtc.open).toBe(2);
  // Both ends read their connection once a second.
  expect(world.clock.pendingTimers).toBe(2);
  expectReleased(loser);
  return { winner, loser };
}

function expectNoCall({ world, caller, first, second }: Played): void {
  expect([caller, first, second].map(isOver)).toEqual([true, true, true]);
  expect(world.rtc.open).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
  for (const peer of [caller, first, second]) {
    expectReleased(peer);
  }
}

describe.each(modes)('fast answer for $fastAnswer, held from $from on', (mode) => {
  it('two devices that accept at the same moment: exactly one call, and the other stops', async () => {
    const winners = new Set<TestPeer['port']['device']>();
    await fc.assert(
      fc.asyncProperty(round, async (choices) => {
        const played = await play(mode, [firstAccepts, secondAccepts], choices);
        const { winner, loser } = expectOneCall(played);
        expectElsewhere(loser, 'answeredElsewhere', winner.port.device);
        expect(loser.missed).toEqual([]);
        winners.add(winner.port.device);
      }),
      { numRuns: rounds },
    );
    // Otherwise the rounds were no races.
    expect([...winners].sort()).toEqual(['first', 'second']);
  }, 60_000);

  it('one accepts while the other declines: answered or declined, the same on all three', async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(round, async (choices) => {
        const played = await play(mode, [firstAccepts, secondDeclines], choices);
        const { caller, first, second } = played;
        outcomes.add(phaseOf(caller) ?? '');
        if (phaseOf(caller) === 'connected') {
          const { loser } = expectOneCall(played);
          expect(loser).toBe(second);
          expectElsewhere(second, 'answeredElsewhere', 'first');
        } else {
          expectNoCall(played);
          expect(caller.reason()).toBe('declined');
          expect(second.reason()).toBe('declinedByMe');
          expectElsewhere(first, 'declinedElsewhere', 'second');
        }
      }),
      { numRuns: rounds },
    );
    expect([...outcomes].sort()).toEqual(['connected', 'ended']);
  }, 60_000);

  it('one accepts while the caller gives up: a call or none, and no device shows it as missed', async () => {
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(round, async (choices) => {
        const played = await play(mode, [firstAccepts, callerCancels], choices);
        const { caller, first, second } = played;
        outcomes.add(phaseOf(caller) ?? '');
        if (phaseOf(caller) === 'connected') {
          expectOneCall(played);
          expectElsewhere(second, 'answeredElsewhere', 'first');
          return;
        }
        expectNoCall(played);
        expect(caller.reason()).toBe('cancelled');
        if (first.phases().includes('connecting')) {
          expect(first.reason()).toBe('peerHungUp');
          expectElsewhere(second, 'answeredElsewhere', 'first');
        } else {
          expect([first.reason(), second.reason()]).toEqual(['missed', 'missed']);
        }
      }),
      { numRuns: rounds },
    );
    expect([...outcomes].sort()).toEqual(['connected', 'ended']);
  }, 60_000);

  it.each<[string, readonly [Act, Act]]>([
    ['both accept', [firstAccepts, secondAccepts]],
    ['one accepts and one declines', [firstAccepts, secondDeclines]],
    ['one accepts and the caller gives up', [firstAccepts, callerCancels]],
  ])(
    'any message is lost while %s: at most one call, and nothing stays open',
    async (_name, acts) => {
      const lost = new Set<string>();
      await fc.assert(
        fc.asyncProperty(round, fc.nat(mode.from === 'the dial' ? 20 : 7), async (choices, lose) => {
          const played = await play(mode, acts, choices, lose);
          lost.add(played.lost ?? 'nothing');
          await played.world.clock.advance(forEver);
          const talking = [played.caller, played.first, played.second].filter(
            (peer) => phaseOf(peer) === 'connected',
          );
          if (talking.length > 0) {
            expectOneCall(played);
          } else {
            expectNoCall(played);
          }
        }),
        { numRuns: rounds },
      );
      expect([...lost].sort()).toContain('accept');
    },
    60_000,
  );
});
