import type { CallSample } from '#shared/call/recording.ts';

/** How good the connection is for somebody who listens and looks. */
export const qualities = ['good', 'fair', 'poor', 'unknown'] as const;
export type Quality = (typeof qualities)[number];

/** What is the matter, in the order in which it is told; several may hold. */
export const troubles = [
  'noSound',
  'lossHere',
  'lossThere',
  'delay',
  'jitter',
  'frozen',
  'lowBandwidth',
  'slowComputer',
] as const;
type Trouble = (typeof troubles)[number];

interface Bound {
  readonly fair: number;
  readonly poor: number;
}

/**
 * From where on somebody notices, and from where on it disturbs. Delay: ITU-T G.114 finds 150 ms one way free of
 * trouble for talk and 400 ms the limit. Loss: Opus with FEC hides single losses of about 5 %; concealment beyond
 * that is heard. Jitter: what it adds to the delay once the buffer has grown to bear it.
 */
export const qualityBounds = {
  rttMs: { fair: 300, poor: 800 },
  lossPercent: { fair: 4, poor: 12 },
  concealedPercent: { fair: 3, poor: 10 },
  jitterMs: { fair: 40, poor: 120 },
  /** How long the picture stood still in a second. */
  frozenMs: { fair: 150, poor: 500 },
  /** Kilobits per second that the path has room for, below which a picture suffers. */
  availableKbps: { fair: 250, poor: 100 },
} as const satisfies Record<string, Bound>;

type Level = 0 | 1 | 2;

const above = (value: number | null | undefined, { fair, poor }: Bound): Level =>
  value === null || value === undefined || value < fair ? 0 : value < poor ? 1 : 2;

const below = (value: number | null | undefined, { fair, poor }: Bound): Level =>
  value === null || value === undefined || value > fair ? 0 : value > poor ? 1 : 2;

/** How one figure is to be read; null: there is none, or it is not one that tells. */
export function figureQuality(
  figure: 'rttMs' | 'lossPercent' | 'concealedPercent' | 'jitterMs' | 'frozenMs',
  value: number | null | undefined,
): Exclude<Quality, 'unknown'> | null {
  if (value === null || value === undefined) {
    return null;
  }
  return (['good', 'fair', 'poor'] as const)[above(value, qualityBounds[figure])];
}

export interface QualityReading {
  readonly quality: Quality;
  /** The worst first. */
  readonly troubles: readonly Trouble[];
}

/** False where packets are expected and none came in the second before. */
const arrives = (flow: { readonly kbps: number; readonly loss: number | null } | null): boolean =>
  flow === null || flow.kbps > 0 || flow.loss !== null;

/** Reads one sample. Without a path there is nothing to tell yet. */
export function qualityOf(sample: CallSample | undefined): QualityReading {
  if (sample?.path === null || sample === undefined) {
    return { quality: 'unknown', troubles: [] };
  }
  const { sent, received } = sample;
  const bounds = qualityBounds;
  const levels: Record<Trouble, Level> = {
    noSound: arrives(received.audio) ? 0 : received.video !== null && arrives(received.video) ? 1 : 2,
    lossHere: worst(
      above(received.audio?.loss, bounds.lossPercent),
      above(received.audio?.concealed, bounds.concealedPercent),
      above(received.video?.loss, bounds.lossPercent),
    ),
    lossThere: worst(
      above(sent.audio?.loss, bounds.lossPercent),
      above(sent.video?.loss, bounds.lossPercent),
    ),
    delay: above(sample.rttMs, bounds.rttMs),
    jitter: above(received.audio?.jitterMs, bounds.jitterMs),
    frozen: above(received.video?.frozenMs, bounds.frozenMs),
    lowBandwidth: sent.video === null ? 0 : below(sample.availableKbps, bounds.availableKbps),
    slowComputer: sent.video?.limitedBy === 'cpu' ? 1 : 0,
  };
  const found = troubles.filter((trouble) => levels[trouble] > 0).sort((a, b) => levels[b] - levels[a]);
  const level = worst(...found.map((trouble) => levels[trouble]));
  return { quality: level === 0 ? 'good' : level === 1 ? 'fair' : 'poor', troubles: found };
}

const worst = (...levels: readonly Level[]): Level => levels.reduce<Level>((a, b) => (a > b ? a : b), 0);
