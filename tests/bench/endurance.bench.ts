import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from '@playwright/test';
import { ensureBuilt } from '../../scripts/support/build.ts';
import { printResult } from '#tests/support/bench/report.ts';
import { launchPair } from '#tests/support/e2e/launchPair.ts';
import { countTimers } from '#tests/support/e2e/pageScripts.ts';
import { addContact } from '#tests/support/e2e/people.ts';
import type { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';

/**
 * What many calls in a row leave behind in both windows: peer connections, live tracks, listeners, timers and
 * memory. Counted against the state after the first calls, which load what later ones use again.
 */
const { values } = parseArgs({ options: { calls: { type: 'string', default: '200' } } });
const calls = Number(values.calls);
const warmUpCalls = 20;
/** No faster than people are: what calls more often is taken for a program, and does not ring. Milliseconds. */
const leastMs = 1_200;

interface Left {
  readonly connections: number;
  readonly tracks: number;
  readonly listeners: number;
  readonly timers: number;
  /** After the collection of garbage, megabytes. */
  readonly heap: number;
}

async function heapOf(page: Page): Promise<number> {
  const cdp = await page.context().newCDPSession(page);
  try {
    // What a finalizer frees in the first round goes in the second.
    await cdp.send('HeapProfiler.collectGarbage');
    await cdp.send('HeapProfiler.collectGarbage');
    const { usedSize } = await cdp.send('Runtime.getHeapUsage');
    return usedSize / 1e6;
  } finally {
    await cdp.detach();
  }
}

async function left(window: PeerWindow): Promise<Left> {
  return {
    ...(await window.resources()),
    listeners: await window.listenerCount(),
    timers: await window.page.evaluate(
      () => (globalThis as unknown as { __timers: ReadonlySet<number> }).__timers.size,
    ),
    heap: await heapOf(window.page),
  };
}

ensureBuilt();
const options = { headless: true, pageScript: countTimers };
const pair = await launchPair({ caller: options, callee: options });
const windows = [pair.caller, pair.callee] as const;

async function callOnce(dialling: PeerWindow, answering: PeerWindow, round: number): Promise<void> {
  await dialling.dial(await answering.id(), round % 3 === 0 ? 'voice' : 'video');
  await answering.expectRinging();
  await answering.answer();
  await Promise.all(windows.map(async (window) => window.expectPhase('connected')));
  await (round % 4 < 2 ? dialling : answering).hangUp();
  await Promise.all(windows.map(async (window) => window.element('end-reason').waitFor()));
  for (const window of windows) {
    const { tracks, connections } = await window.resources();
    if (tracks + connections > 0) {
      throw new Error(`call ${round} left ${tracks} tracks and ${connections} connections`);
    }
  }
  await Promise.all(windows.map(async (window) => window.close()));
}

async function callMany(count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    const [one, other] = windows;
    const pause = sleep(leastMs);
    await (round % 2 === 0 ? callOnce(one, other, round) : callOnce(other, one, round));
    await pause;
    if ((round + 1) % 20 === 0) {
      console.error(`${round + 1} of ${count} calls`);
    }
  }
}

/** Both on the page of contacts, where no preview runs. */
async function atRest(): Promise<readonly Left[]> {
  const found: Left[] = [];
  for (const window of windows) {
    await window.element('nav-contacts').click();
    found.push(await left(window));
    await window.element('nav-calls').click();
  }
  return found;
}

try {
  await addContact(pair.caller, { id: await pair.callee.id(), name: 'callee' });
  await addContact(pair.callee, { id: await pair.caller.id(), name: 'caller' });
  await callMany(warmUpCalls);
  const before = await atRest();
  await callMany(calls);
  const after = await atRest();
  for (const [metric, unit] of [
    ['connections', 'count'],
    ['tracks', 'count'],
    ['listeners', 'count'],
    ['timers', 'count'],
    ['heap', 'MB'],
  ] as const) {
    printResult({
      bench: 'endurance',
      subject: 'peerline',
      metric: `${metric}-after-${calls}-calls`,
      unit,
      values: after.map((now, at) => now[metric] - (before[at]?.[metric] ?? 0)),
    });
  }
} finally {
  await pair.close();
}
