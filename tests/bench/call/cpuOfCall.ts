import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSecondsBelow } from '#tests/support/bench/processTimes.ts';
import type { CallSubject } from './subject.ts';

/** How long the estimate of the bandwidth may take to let the picture grow to its full size. Milliseconds. */
const growMs = 90_000;
const fullHeight = 720;
const callMs = 30_000;

/**
 * Processor seconds that both ends of a connected call take in 30 s, all their processes together, once both show
 * the full picture: a smaller one costs less and is another thing. The subject is started for this alone, so that
 * nothing else of this program runs. Undefined where the system does not tell.
 */
export async function cpuOfCall(subject: CallSubject): Promise<number | undefined> {
  if (!existsSync('/proc/self/stat')) {
    return undefined;
  }
  await subject.start();
  try {
    await subject.connect();
    await pictureGrows(subject);
    const before = cpuSecondsBelow(process.pid);
    await sleep(callMs);
    const after = cpuSecondsBelow(process.pid);
    await subject.end();
    return after - before;
  } finally {
    await subject.stop();
  }
}

async function pictureGrows(subject: CallSubject): Promise<void> {
  const since = performance.now();
  for (;;) {
    const heights = await subject.pictureHeights();
    if (heights.every((height) => height >= fullHeight)) {
      return;
    }
    if (performance.now() - since > growMs) {
      throw new Error(`${subject.name} shows ${heights.join(' and ')} lines after ${growMs / 1_000} s`);
    }
    await sleep(500);
  }
}
