import type { Settings } from '#shared/settings.ts';

type Order = Settings['network']['videoCodecs'];
export type VideoCodec = Order[number];

/** The order in which Chromium offers them, the first being the one that every version has. */
export const usualCodecs: readonly VideoCodec[] = ['VP8', 'VP9', 'H264', 'AV1'];

/** All codecs: the chosen ones first, those that were not named in their usual order. */
export const fullOrder = (chosen: Order): readonly VideoCodec[] => [
  ...chosen,
  ...usualCodecs.filter((codec) => !chosen.includes(codec)),
];

/** The order with the codec at `from` moved by `step` places; what goes beyond an end changes nothing. */
export function movedCodec(order: readonly VideoCodec[], from: number, step: -1 | 1): readonly VideoCodec[] {
  const codec = order[from];
  const other = order[from + step];
  if (codec === undefined || other === undefined) {
    return order;
  }
  return order.map((entry, at) => (at === from ? other : at === from + step ? codec : entry));
}

/** What is kept of an order: nothing of the usual one, so that it may change with the browser. */
export const keptOrder = (order: readonly VideoCodec[]): VideoCodec[] =>
  order.every((codec, at) => codec === usualCodecs[at]) ? [] : [...order];
