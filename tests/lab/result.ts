import { audioSilences, backAfter, between, concealedPercent, longest } from './measure.ts';
import type { Observation, SelectedPath } from './observe.ts';
import type { Wire } from './rules.ts';
import type { Scenario } from './scenarios.ts';
import type { Side } from './World.ts';

type Both<T> = Readonly<Record<Side, T>>;

export type Paths = Both<SelectedPath | null>;

export interface Seen {
  readonly seen: Both<Observation>;
  /** When it was connected, before anything happened. */
  readonly paths: Paths;
  /** The caller's, at the end. */
  readonly pathAfter: SelectedPath | null | undefined;
  readonly wire: Both<Wire>;
  /** When there was a way out again, milliseconds since the epoch. */
  readonly wayOutAt: number | undefined;
}

/** One line of the report; times in milliseconds. `a` calls, `b` is called. */
export interface Result {
  readonly scenario: string;
  readonly title: string;
  readonly connected: boolean;
  /** The code of the app, where the call ended by itself. */
  readonly endReason: string | null;
  /** From pressing the button that accepts to the first picture. */
  readonly firstFrame: Both<number | null>;
  readonly path: Both<string>;
  readonly pathAfter: string | null;
  readonly longestAudioGap: Both<number | null>;
  readonly concealedPercent: Both<number | null>;
  /** From there being a way out again to sound and picture; null: nothing happened, or they are not back. */
  readonly back: Both<number | null>;
  readonly packets: Both<Wire>;
  /** What the computer's messages would have told of its addresses, by kind. */
  readonly candidates: Both<readonly string[]>;
  /** What happened, with milliseconds since the call was accepted; `way out`: there is one again. */
  readonly events: Both<readonly string[]>;
  /** Bars that were missed, a sentence each; empty: all is well. */
  readonly missed: readonly string[];
}

/** The sound of the first moment is not there yet when the picture is. */
const SETTLE_MS = 1_000;

const both = <T>(make: (side: Side) => T): Both<T> => ({ a: make('a'), b: make('b') });

const pathText = (path: SelectedPath | null): string =>
  path === null ? 'none' : `${path.local.type}/${path.local.over} ${path.remote.type}`;

/** Candidates that name something else than a relay, or more than it. */
const telling = ({ candidates }: Observation): readonly string[] => [
  ...new Set(
    candidates.flatMap(({ whose, type, related }) => [
      ...(type === 'relay' ? [] : [`${whose} ${type}`]),
      ...(type !== 'relay' || ['', '0.0.0.0', '::'].includes(related)
        ? []
        : [`${whose} relay from ${related}`]),
    ]),
  ),
];

function timeline({ events }: Observation, since: number, wayOutAt: number | undefined): readonly string[] {
  const wayOut = wayOutAt === undefined ? [] : [{ what: 'way out', at: wayOutAt }];
  return [...events, ...wayOut]
    .sort((one, other) => one.at - other.at)
    .map(({ what, at }) => `${at - since} ${what}`);
}

export function resultOf(scenario: Scenario, facts: Seen): Result {
  const { seen, paths, wayOutAt } = facts;
  const acceptedAt = seen.b.acceptedAt;
  const firstFrame = both((side) => {
    const at = seen[side].firstFrameAt;
    return at === null || acceptedAt === null ? null : at - acceptedAt;
  });
  const connected = firstFrame.a !== null && firstFrame.b !== null;
  const listened = both((side) =>
    between(seen[side].samples, (seen[side].firstFrameAt ?? Number.POSITIVE_INFINITY) + SETTLE_MS),
  );
  const measured = <T>(measure: (side: Side) => T): Both<T | null> =>
    both((side) => (listened[side].length > 1 ? measure(side) : null));
  const result: Omit<Result, 'missed'> = {
    scenario: scenario.name,
    title: scenario.title,
    connected,
    endReason: seen.a.endReason ?? seen.b.endReason,
    firstFrame,
    path: both((side) => pathText(paths[side])),
    pathAfter: facts.pathAfter === undefined ? null : pathText(facts.pathAfter),
    longestAudioGap: measured((side) => longest(audioSilences(listened[side]))),
    concealedPercent: measured((side) => Math.round(concealedPercent(listened[side]) * 10) / 10),
    back: both((side) => (wayOutAt === undefined ? null : (backAfter(listened[side], wayOutAt) ?? null))),
    packets: facts.wire,
    candidates: both((side) => telling(seen[side])),
    events: both((side) => timeline(seen[side], acceptedAt ?? 0, wayOutAt)),
  };
  return { ...result, missed: missed(scenario, facts, result) };
}

const isOf = (path: SelectedPath | null, wanted: 'direct' | 'relay'): boolean =>
  path !== null && (path.local.type === 'relay' || path.remote.type === 'relay') === (wanted === 'relay');

/** Whether both sides use a path of this kind; of any kind, where none is wanted. */
export const hasPath = (paths: Paths, wanted: 'direct' | 'relay' | undefined): boolean =>
  wanted === undefined || (isOf(paths.a, wanted) && isOf(paths.b, wanted));

function missed(
  { bars, meanwhile }: Scenario,
  { paths, wire }: Seen,
  result: Omit<Result, 'missed'>,
): string[] {
  if (!result.connected) {
    return [`not connected (${result.endReason ?? 'no end either'})`];
  }
  const found: string[] = [];
  const expect = (holds: boolean, sentence: string): void => {
    if (!holds) {
      found.push(sentence);
    }
  };
  for (const side of ['a', 'b'] as const) {
    expect(
      bars.path === undefined || isOf(paths[side], bars.path),
      `${side}: the path is ${result.path[side]}, not ${bars.path ?? ''}`,
    );
    const { [side]: back } = result.back;
    if (meanwhile !== undefined) {
      expect(
        back !== null,
        `${side}: sound and picture did not come back (${result.endReason ?? 'no end either'})`,
      );
      expect((back ?? 0) <= (bars.backMs ?? Number.POSITIVE_INFINITY), `${side}: back after ${back ?? 0} ms`);
    }
    const { [side]: concealed } = result.concealedPercent;
    expect(
      (concealed ?? 100) < (bars.concealedPercent ?? Number.POSITIVE_INFINITY),
      `${side}: ${concealed ?? 100} % of the sound was made up`,
    );
    if (bars.hidden === true) {
      expect(wire[side].toPeer === 0, `${side}: ${wire[side].toPeer} packets went to the peer`);
      expect(wire[side].elsewhere === 0, `${side}: ${wire[side].elsewhere} packets went elsewhere`);
      expect(wire[side].toServers > 0, `${side}: no packets were counted`);
      expect(result.candidates[side].length === 0, `${side}: ${result.candidates[side].join(', ')} seen`);
    }
  }
  return found;
}
