import { parseArgs } from 'node:util';
import { ensureBrowser } from '../../scripts/support/browser.ts';
import { ensureBuilt } from '../../scripts/support/build.ts';
import { printResult } from '#tests/support/bench/report.ts';
import { BareSubject } from './call/bare.ts';
import { cpuOfCall } from './call/cpuOfCall.ts';
import { PeerJsSubject } from './call/peerjs.ts';
import { PeerlineSubject } from './call/peerline.ts';
import type { CallKind, CallSubject, CallTimes } from './call/subject.ts';

/**
 * How long a call takes to ring and to show the first picture, against PeerJS and against nothing but
 * RTCPeerConnection, and what half a minute of it costs the processor. The subjects take turns, so that a slow
 * minute of the machine hits all of them.
 */
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '12' }, 'cpu-runs': { type: 'string', default: '3' } },
});
const runs = Number(values.runs);
const cpuRuns = Number(values['cpu-runs']);

ensureBuilt();
const browser = await ensureBrowser();
const bare = new BareSubject(browser, 'cold');
const contacts = new PeerlineSubject('fast');
const subjects: readonly CallSubject[] = [
  contacts,
  new PeerlineSubject('cold'),
  new PeerJsSubject(browser),
  new BareSubject(browser, 'fast'),
  bare,
];
const samples = new Map<CallSubject, CallTimes[]>(subjects.map((subject) => [subject, []]));

async function callOnce(subject: CallSubject): Promise<CallTimes> {
  const times = await subject.connect();
  await subject.end();
  return times;
}

try {
  for (const subject of subjects) {
    await subject.start();
    // The first call of a process pays for loading code; nobody compares that.
    await callOnce(subject);
  }
  for (let run = 1; run <= runs; run += 1) {
    for (const [subject, times] of samples) {
      const time = await callOnce(subject);
      times.push(time);
      console.error(`run ${run} ${subject.name} ${subject.kinds.join('+')} ${JSON.stringify(time)}`);
    }
  }
} finally {
  for (const subject of subjects) {
    await subject.stop();
  }
}

const prefixes: Readonly<Record<CallKind, string>> = { fast: '', cold: 'cold-' };
for (const [subject, times] of samples) {
  for (const kind of subject.kinds) {
    for (const metric of ['accept-to-first-frame-caller', 'accept-to-first-frame-callee'] as const) {
      printResult({
        bench: 'call',
        subject: subject.name,
        metric: `${prefixes[kind]}${metric}`,
        unit: 'ms',
        values: times.map((time) => time[metric]),
      });
    }
  }
  if (subject.kinds.includes('fast')) {
    printResult({
      bench: 'call',
      subject: subject.name,
      metric: 'dial-to-ring',
      unit: 'ms',
      values: times.map((time) => time['dial-to-ring']),
    });
  }
}

const cpu = new Map<CallSubject, number[]>([contacts, bare].map((subject) => [subject, []]));
for (let run = 1; run <= cpuRuns; run += 1) {
  for (const [subject, seconds] of cpu) {
    const spent = await cpuOfCall(subject);
    if (spent === undefined) {
      console.error('processor time is read from /proc, which is not there');
      process.exit(0);
    }
    seconds.push(spent);
    console.error(`run ${run} ${subject.name} ${spent.toFixed(2)} s of processor time`);
  }
}
for (const [subject, seconds] of cpu) {
  printResult({
    bench: 'call',
    subject: subject.name,
    metric: 'cpu-seconds-30s',
    unit: 's',
    values: seconds,
  });
}
