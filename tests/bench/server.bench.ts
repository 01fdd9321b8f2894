import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { printResult } from '#tests/support/bench/report.ts';
import { ClosedLoop, connectMany, connectors, type LoadClient } from './serverLoad.ts';
import type { SubjectQuestion, SubjectReport } from './serverSubject.ts';

/**
 * What the signaling server costs per message and per connection, beside a bare relay and PeerServer. Every
 * run has a fresh server process; subjects take turns, so that a busy moment of the machine hits all alike.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    connections: { type: 'string', default: '4000' },
    seconds: { type: 'string', default: '4' },
    subjects: { type: 'string', default: 'peerline,ws,peerserver' },
  },
});
const runs = Number(values.runs);
const connections = Number(values.connections);
const measureMs = Number(values.seconds) * 1_000;
const subjects = values.subjects.split(',');

const active = 64;
const warmUpConnections = 200;
const warmUpMs = 1_500;
const settleMs = 300;

async function ask(child: ChildProcess, question: SubjectQuestion): Promise<SubjectReport> {
  const answer = once(child, 'message');
  child.send(question);
  const [report] = (await answer) as [SubjectReport];
  return report;
}

interface Figures {
  readonly messagesPerCpuSecond: number;
  readonly kibPerConnection: number;
}

/** Runs `task` against a fresh server process of a subject. */
async function withSubject<T>(
  subject: string,
  execArgv: string[],
  task: (child: ChildProcess, connect: (count: number) => Promise<LoadClient[]>) => Promise<T>,
): Promise<T> {
  const connector = connectors[subject];
  if (connector === undefined) {
    throw new Error(`no such subject: ${subject}`);
  }
  const child = fork(new URL('./serverSubject.ts', import.meta.url), [subject], { execArgv });
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return await task(child, async (count) => connectMany(connector, port, count));
  } finally {
    child.kill();
  }
}

/**
 * What a connection keeps: growth of the resident set after collecting garbage. The young generation is held
 * at its smallest for all: left alone it grows in steps of up to 16 MB with the traffic of connecting, which
 * would be 4 KiB per connection for whoever just passes a step.
 */
async function measureMemory(subject: string): Promise<number> {
  const execArgv = ['--expose-gc', '--max-semi-space-size=1'];
  return withSubject(subject, execArgv, async (child, connect) => {
    // Code is compiled and pools are filled before the first figure is taken.
    const first = await connect(warmUpConnections);
    for (const { socket } of first) {
      socket.close(1000);
    }
    await Promise.all(first.map(async ({ socket }) => once(socket, 'close')));
    await pause(settleMs);
    const before = await ask(child, 'memory');
    const clients = await connect(connections);
    await pause(settleMs);
    const connected = await ask(child, 'memory');
    for (const { socket } of clients) {
      socket.terminate();
    }
    return (connected.rssBytes - before.rssBytes) / 1_024 / connections;
  });
}

/** Messages that arrive per second of CPU time of the server, with all other connections open and idle. */
async function measureMessages(subject: string): Promise<number> {
  return withSubject(subject, [], async (child, connect) => {
    const clients = await connect(connections);
    const loop = new ClosedLoop(clients.slice(0, active));
    loop.start();
    await pause(warmUpMs);
    const start = await ask(child, 'cpu');
    const startCount = loop.delivered;
    await pause(measureMs);
    const end = await ask(child, 'cpu');
    const messages = loop.delivered - startCount;
    loop.stop();
    for (const { socket } of clients) {
      socket.terminate();
    }
    return messages / ((end.cpuMs - start.cpuMs) / 1_000);
  });
}

const run = async (subject: string): Promise<Figures> => ({
  kibPerConnection: await measureMemory(subject),
  messagesPerCpuSecond: await measureMessages(subject),
});

const results = new Map<string, Figures[]>(subjects.map((subject) => [subject, []]));
for (let index = 0; index < runs; index++) {
  for (const subject of subjects) {
    const figures = await run(subject);
    results.get(subject)?.push(figures);
    const { messagesPerCpuSecond, kibPerConnection } = figures;
    console.error(
      `run ${index + 1}/${runs} ${subject}: ${Math.round(messagesPerCpuSecond)} messages per CPU-second, ${kibPerConnection.toFixed(1)} KiB per connection`,
    );
  }
}
for (const [subject, figures] of results) {
  const common = { bench: 'server', subject };
  const messages = figures.map((figure) => figure.messagesPerCpuSecond);
  printResult({ ...common, metric: 'messages-per-cpu-second', unit: '1/s', values: messages });
  const memory = figures.map((figure) => figure.kibPerConnection);
  printResult({ ...common, metric: 'kib-per-connection', unit: 'KiB', values: memory });
}
