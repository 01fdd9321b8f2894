import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createWorld, peerA, peerB, type TestPeer } from '#tests/support/engine/engineWorld.ts';

/**
 * One call to a person with two devices, with everything on the way held back and let through in a random
 * order: of the lanes between two devices each keeps its own. fast-check prints seed and choices of a round
 * that fails.
 */
const steps = 60;
/** Longer than any timer of the call machine, milliseconds. */
const forEver = 200_000;

interface Race {
  readonly caller: TestPeer;
  readonly first: TestPeer;
  readonly second: TestPeer;
}
type Act = (race: Race) => unknown;

const dial: Act = ({ caller }) => caller.engine.dial(peerB, { video: true });
const firstAccepts: Act = ({ first }) => first.engine.accept({ video: true });
const secondAccepts: Act = ({ second }) => second.engine.accept({ video: true });
const secondDeclines: Act = ({ second }) => second.engine.decline();
const callerCancels: Act = ({ caller }) =>
  // Before an answer only: otherwise it hangs up a call, which is no race.
  caller.engine.call?.phase === 'outgoing' ? caller.engine.hangUp() : undefined;

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

/** `lose`: the how-manyth message after the devices ring is lost; undefined: none. */
async function play(acts: readonly [Act, Act], choices: Round, lose?: number) {
  const world = createWorld();
  const { clock, signaling } = world;
  const race: Race = {
    caller: world.peer(peerA),
    first: world.peer(peerB, { device: 'first' }),
    second: world.peer(peerB, { device: 'second' }),
  };
  await clock.flush();
  dial(race);
  await clock.flush();
  signaling.held = true;
  const due = new Map<number, Act[]>();
  const [early, late] = choices.swapped ? [acts[1], acts[0]] : acts;
  due.set(choices.acts[0], [early]);
  due.set(choices.acts[1], [...(due.get(choices.acts[1]) ?? []), late]);
  let lost: string | undefined;
  let passed = 0;
  for (const [index, { lane: choice, wait }] of choices.moves.entries()) {
    for (const act of due.get(index) ?? []) {
      act(race);
    }
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
  for (let [lane] = signaling.lanes; lane !== undefined; [lane] = signaling.lanes) {
    signaling.deliver(lane);
    await clock.flush();
  }
  await clock.flush();
  return { ...race, world, lost };
}

type Played = Awaited<ReturnType<typeof play>>;

const phaseOf = ({ engine }: TestPeer) => engine.call?.phase;
const elsewhereOf = ({ engine }: TestPeer) =>
  engine.call?.phase === 'ended' ? engine.call.elsewhere : undefined;

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
  expect([phaseOf(caller), phaseOf(winner), phaseOf(loser)]).toEqual(['connected', 'connected', 'ended']);
  expect(winner.engine.call?.callId).toBe(caller.engine.call?.callId);
  expect(world.rtc.open).toBe(2);
  expect(world.clock.pendingTimers).toBe(0);
  expectReleased(loser);
  return { winner, loser };
}

function expectNoCall({ world, caller, first, second }: Played): void {
  expect([caller, first, second].map(phaseOf)).toEqual(['ended', 'ended', 'ended']);
  expect(world.rtc.open).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
  for (const peer of [caller, first, second]) {
    expectReleased(peer);
  }
}

it('two devices that accept at the same moment: exactly one call, and the other stops', async () => {
  const winners = new Set<TestPeer['port']['device']>();
  await fc.assert(
    fc.asyncProperty(round, async (choices) => {
      const played = await play([firstAccepts, secondAccepts], choices);
      const { winner, loser } = expectOneCall(played);
      expect(loser.reason()).toBe('answeredElsewhere');
      expect(elsewhereOf(loser)).toBe(winner.port.device);
      expect(loser.missed).toEqual([]);
      winners.add(winner.port.device);
    }),
    { numRuns: 250 },
  );
  // Otherwise the rounds were no races.
  expect([...winners].sort()).toEqual(['first', 'second']);
}, 60_000);

it('one accepts while the other declines: answered or declined, the same on all three', async () => {
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(round, async (choices) => {
      const played = await play([firstAccepts, secondDeclines], choices);
      const { caller, first, second } = played;
      outcomes.add(phaseOf(caller) ?? '');
      if (phaseOf(caller) === 'connected') {
        const { loser } = expectOneCall(played);
        expect(loser).toBe(second);
        expect([second.reason(), elsewhereOf(second)]).toEqual(['answeredElsewhere', 'first']);
      } else {
        expectNoCall(played);
        expect(caller.reason()).toBe('declined');
        expect(second.reason()).toBe('declinedByMe');
        expect([first.reason(), elsewhereOf(first)]).toEqual(['declinedElsewhere', 'second']);
      }
    }),
    { numRuns: 250 },
  );
  expect([...outcomes].sort()).toEqual(['connected', 'ended']);
}, 60_000);

it('one accepts while the caller gives up: a call or none, and no device shows it as missed', async () => {
  const outcomes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(round, async (choices) => {
      const played = await play([firstAccepts, callerCancels], choices);
      const { caller, first, second } = played;
      outcomes.add(phaseOf(caller) ?? '');
      if (phaseOf(caller) === 'connected') {
        expectOneCall(played);
        expect(second.reason()).toBe('answeredElsewhere');
        return;
      }
      expectNoCall(played);
      expect(caller.reason()).toBe('cancelled');
      if (first.phases().includes('connecting')) {
        expect(first.reason()).toBe('peerHungUp');
        expect(second.reason()).toBe('answeredElsewhere');
      } else {
        expect([first.reason(), second.reason()]).toEqual(['missed', 'missed']);
      }
    }),
    { numRuns: 250 },
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
      fc.asyncProperty(round, fc.nat(7), async (choices, lose) => {
        const played = await play(acts, choices, lose);
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
      { numRuns: 200 },
    );
    expect([...lost].sort()).toContain('accept');
    expect([...lost].sort()).toContain('description');
  },
  60_000,
);
