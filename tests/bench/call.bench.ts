import { parseArgs } from 'node:util';
import { ensureBrowser } from '../../scripts/support/browser.ts';
import { ensureBuilt } from '../../scripts/support/build.ts';
import { printResult } from '#tests/support/bench/report.ts';
import { BareSubject } from './call/bare.ts';
import { PeerJsSubject } from './call/peerjs.ts';
import { PeerlineSubject } from './call/peerline.ts';
import type { CallSubject, CallTimes } from './call/subject.ts';

/**
 * How long a call takes to ring and to show the first picture, against PeerJS and against nothing but
 * RTCPeerConnection. The subjects take turns, so that a slow minute of the machine hits all of them.
 */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '12' } } });
const runs = Number(values.runs);

ensureBuilt();
const browser = await ensureBrowser();
const subjects: readonly CallSubject[] = [
  new PeerlineSubject(),
  new PeerJsSubject(browser),
  new BareSubject(browser),
];
const samples = new Map<CallSubject, CallTimes[]>(subjects.map((subject) => [subject, []]));

try {
  for (const subject of subjects) {
    await subject.start();
    // The first call of a process pays for loading code; nobody compares that.
    await subject.call();
  }
  for (let run = 1; run <= runs; run += 1) {
    for (const [subject, times] of samples) {
      const time = await subject.call();
      times.push(time);
      console.error(`run ${run} ${subject.name} ${JSON.stringify(time)}`);
    }
  }
} finally {
  for (const subject of subjects) {
    await subject.stop();
  }
}

for (const [subject, times] of samples) {
  for (const metric of [
    'dial-to-ring',
    'accept-to-first-frame-caller',
    'accept-to-first-frame-callee',
  ] as const) {
    printResult({
      bench: 'call',
      subject: subject.name,
      metric,
      unit: 'ms',
      values: times.map((time) => time[metric]),
    });
  }
}
