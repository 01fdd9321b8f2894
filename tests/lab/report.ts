import type { Result } from './result.ts';

const sides = <T>(values: { readonly a: T; readonly b: T }, text: (value: T) => string): string =>
  values.a === values.b ? text(values.a) : `${text(values.a)}, ${text(values.b)}`;

const whole = (value: number | null): string => (value === null ? '-' : String(value));

const columns: readonly {
  readonly title: string;
  readonly text: (result: Result) => string;
}[] = [
  { title: 'scenario', text: ({ scenario }) => scenario },
  { title: 'connected', text: ({ connected }) => (connected ? 'yes' : 'NO') },
  { title: 'first frame, ms', text: ({ firstFrame }) => sides(firstFrame, whole) },
  {
    title: 'path',
    text: ({ path, pathAfter }) => (pathAfter === null ? path.a : `${path.a} > ${pathAfter}`),
  },
  { title: 'longest gap, ms', text: ({ longestAudioGap }) => sides(longestAudioGap, whole) },
  { title: 'concealed, %', text: ({ concealedPercent }) => sides(concealedPercent, whole) },
  { title: 'back, ms', text: ({ back }) => sides(back, whole) },
  { title: 'to the peer, packets', text: ({ packets }) => sides(packets, ({ toPeer }) => String(toPeer)) },
  { title: '', text: ({ missed }) => (missed.length === 0 ? 'ok' : missed.join('; ')) },
];

/** A line for each result; where both sides differ: caller, callee. */
export function tableOf(results: readonly Result[]): string {
  const rows = [
    columns.map(({ title }) => title),
    ...results.map((result) => columns.map(({ text }) => text(result))),
  ];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
