/** One result of a benchmark, printed as one JSON line on standard output. */
export interface BenchResult {
  readonly bench: string;
  readonly subject: string;
  readonly metric: string;
  readonly unit: string;
  readonly values: readonly number[];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

const round = (value: number) => Math.round(value * 100) / 100;

export function printResult({ values, ...facts }: BenchResult): void {
  console.log(
    JSON.stringify({
      ...facts,
      median: round(median(values)),
      min: round(Math.min(...values)),
      max: round(Math.max(...values)),
      runs: values.length,
    }),
  );
}
