import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '#shared/clock.ts';
import { callIdSchema, deviceIdSchema } from '#shared/identity/ids.ts';
import { peerIdFromDigest } from '#shared/identity/peerId.ts';
import { createLogger } from '#shared/logging.ts';
import { contactBounds } from '#shared/people/contacts.ts';
import { historyRangeRows, type CallRecord } from '#shared/people/history.ts';
import { ok, type Result } from '#shared/result.ts';
import { printResult } from '#tests/support/bench/report.ts';
import { ContactBook } from '../../src/main/services/contacts/ContactBook.ts';
import { CallHistory } from '../../src/main/services/history/CallHistory.ts';
import { insertCall } from '../../src/main/services/history/callRows.ts';
import { DailyCopies } from '../../src/main/services/storage/DailyCopies.ts';
import { Database } from '../../src/main/services/storage/Database.ts';

/**
 * Every query of the app over a long history and a full address book, beside the bare limit: the same rows through
 * a prepared statement on a connection of its own, without schemas, transactions or events.
 */
const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '100000' },
    runs: { type: 'string', default: '40' },
  },
});
const callCount = Number(values.calls);
const runs = Number(values.runs);
const contactCount = contactBounds.contacts;

const folder = mkdtempSync(join(tmpdir(), 'peerline-bench-'));
const path = join(folder, 'peerline.db');
const copies = join(folder, 'backups');
const logger = createLogger({
  name: 'bench',
  level: 'warn',
  sink: ({ message, context }) => console.error(message, context),
});
const now = () => Date.now();
const newId = () => peerIdFromDigest(randomBytes(32));
const newCallId = () => callIdSchema.parse(randomBytes(16).toString('base64url'));
const device = deviceIdSchema.parse(randomBytes(16).toString('base64url'));
const peers = Array.from({ length: contactCount - 1 }, newId);
const peerOf = (index: number) => peers[index % peers.length] ?? newId();
const oftenCalled = peerOf(0);

/** One call a quarter of an hour, a third of them missed, a tenth with the same peer. */
const callAt = (index: number): CallRecord => {
  const missed = index % 3 === 0;
  return {
    callId: newCallId(),
    peer: index % 10 === 0 ? oftenCalled : peerOf(index),
    direction: missed || index % 2 === 0 ? 'incoming' : 'outgoing',
    video: index % 2 === 0,
    at: now() - (callCount - index) * 15 * 60_000,
    seconds: missed ? 0 : 60,
    end: missed ? 'missed' : 'hungUp',
    device: missed ? null : device,
  };
};

function openDatabase(): Database {
  const database = new Database({ path, copies, now, logger });
  const opened = database.open();
  if (!opened.ok || opened.value.length > 0) {
    throw new Error(`the database did not open: ${JSON.stringify(opened)}`);
  }
  return database;
}

function taken<T>(result: Result<T>): T {
  if (!result.ok) {
    throw new Error(`${result.error.code}: ${result.error.message}`);
  }
  return result.value;
}

/** Also the time on the processor alone: what the clock says hangs on what else the machine does. */
async function measure(metric: string, subject: string, task: (run: number) => unknown): Promise<void> {
  const times: number[] = [];
  const cpuTimes: number[] = [];
  for (let run = 0; run < runs; run++) {
    const begun = performance.now();
    const cpu = process.threadCpuUsage();
    task(run);
    const { user, system } = process.threadCpuUsage(cpu);
    times.push(performance.now() - begun);
    cpuTimes.push((user + system) / 1_000);
    await nextTurn();
  }
  printResult({ bench: 'storage', subject, metric, unit: 'ms', values: times });
  printResult({ bench: 'storage', subject, metric, unit: 'CPU ms', values: cpuTimes });
}

const both = async (
  metric: string,
  ours: (run: number) => unknown,
  bare: (run: number) => unknown,
): Promise<void> => {
  await measure(metric, 'peerline', ours);
  await measure(metric, 'bare', bare);
};

/** The longest time for which nothing else got its turn, milliseconds. */
async function longestStall(task: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  const state = { going: true };
  const watch = async (): Promise<void> => {
    for (let last = performance.now(); state.going;) {
      await nextTurn();
      const turn = performance.now();
      longest = Math.max(longest, turn - last);
      last = turn;
    }
  };
  const watching = watch();
  await task();
  await nextTurn();
  state.going = false;
  await watching;
  return longest;
}

try {
  const database = openDatabase();
  const book = new ContactBook({ self: newId(), database, now, logger });
  const history = new CallHistory({ self: device, database, mayRing: () => true, now, logger });
  book.start();
  for (let from = 0; from < peers.length; from += contactBounds.importBatch) {
    const batch = peers.slice(from, from + contactBounds.importBatch);
    taken(book.import(batch.map((id, index) => ({ id, name: `contact ${from + index}`, note: 'a note' }))));
  }
  taken(
    database.write((sql) => {
      for (let index = 0; index < callCount; index++) {
        const call = callAt(index);
        insertCall(sql, call, call.end === 'missed' && index > callCount - 300);
      }
      return ok(null);
    }),
  );

  const bare = new DatabaseSync(path);
  bare.exec('PRAGMA synchronous = FULL');
  const all = (sql: string) => {
    const statement = bare.prepare(sql);
    return (...args: readonly (string | number)[]) => statement.all(...args);
  };
  const draft = (id: CallRecord['peer'], run: number) => ({
    id,
    name: `contact ${run}`,
    note: 'changed',
    favourite: true,
    seesPresence: true,
  });

  const listed = all('SELECT * FROM contacts WHERE removed_at IS NULL');
  await both(
    'contacts-list',
    () => taken(book.list()),
    () => listed(),
  );
  const found = all('SELECT * FROM contacts WHERE id = ?');
  await both(
    'contact-find',
    (run) => taken(book.find(peerOf(run))),
    (run) => found(peerOf(run)),
  );
  const renamed = bare.prepare('UPDATE contacts SET name = ?, note = ? WHERE id = ?');
  await both(
    'contact-save',
    (run) => taken(book.save(draft(peerOf(run), run))),
    (run) => renamed.run(`bare ${run}`, 'changed', peerOf(run)),
  );

  const pages = [
    ['all', undefined, ''],
    ['missed', undefined, 'WHERE missed = 1'],
    ['all', oftenCalled, 'WHERE peer = ?'],
    ['missed', oftenCalled, 'WHERE peer = ? AND missed = 1'],
  ] as const;
  for (const [filter, peer, where] of pages) {
    const query = { filter, ...(peer === undefined ? {} : { peer }), limit: historyRangeRows };
    const { total } = taken(history.range({ ...query, offset: 0 }));
    const page = all(`SELECT * FROM calls ${where} ORDER BY at DESC, row DESC LIMIT ? OFFSET ?`);
    const args = peer === undefined ? [] : [peer];
    for (const [place, offset] of [
      ['first', 0],
      ['last', Math.max(0, total - historyRangeRows)],
    ] as const) {
      await both(
        `history-${filter}${peer === undefined ? '' : '-of-one'}-${place}`,
        () => taken(history.range({ ...query, offset })),
        () => page(...args, historyRangeRows, offset),
      );
    }
  }
  const unseen = all('SELECT count(*) FROM calls WHERE unseen = 1');
  await both(
    'unseen',
    () => history.unseen,
    () => unseen(),
  );
  const knows = all('SELECT 1 FROM calls WHERE peer = ? LIMIT 1');
  await both(
    'first-call',
    (run) => history.knows(peerOf(run), newCallId()),
    (run) => knows(peerOf(run)),
  );
  const since = all('SELECT * FROM calls WHERE at >= ? ORDER BY at DESC LIMIT 500');
  await both(
    'since',
    () => taken(history.since(0)),
    () => since(0),
  );
  const newest = all('SELECT max(at) FROM calls');
  await both(
    'newest',
    () => taken(history.newest()),
    () => newest(),
  );

  const inserted = bare.prepare(
    `INSERT INTO calls (call_id, peer, direction, video, at, seconds, missed, count, unseen)
     VALUES (?, ?, 'outgoing', 1, ?, 1, 0, 1, 0)`,
  );
  await both(
    'record',
    (run) => taken(history.record({ ...callAt(callCount), peer: peerOf(run), at: now() })),
    (run) => inserted.run(newCallId(), peerOf(run), now()),
  );
  await measure('record-missed-again', 'peerline', () =>
    taken(history.recordMissed({ peer: oftenCalled, callId: newCallId(), video: true, at: now() })),
  );
  const looked = bare.prepare('UPDATE calls SET unseen = 0 WHERE unseen = 1');
  await both(
    'seen',
    () => taken(history.seen()),
    () => looked.run(),
  );
  bare.close();

  const copying = new DailyCopies({
    source: path,
    folder: copies,
    entry: new URL('../../src/main/services/storage/copyWorker.ts', import.meta.url),
    worthwhile: () => true,
    clock: systemClock,
    logger,
  });
  const begun = performance.now();
  const stalled = await longestStall(async () => copying.copyToday());
  printResult({
    bench: 'storage',
    subject: 'peerline',
    metric: 'daily-copy',
    unit: 'ms',
    values: [performance.now() - begun],
  });
  printResult({
    bench: 'storage',
    subject: 'peerline',
    metric: 'daily-copy-stall-of-main',
    unit: 'ms',
    values: [stalled],
  });

  const starts: number[] = [];
  for (let run = 0; run < 5; run++) {
    const opened = performance.now();
    const again = openDatabase();
    starts.push(performance.now() - opened);
    again.close();
  }
  printResult({ bench: 'storage', subject: 'peerline', metric: 'open', unit: 'ms', values: starts });

  // How long others wait while a tenth of all calls goes, and then the rest.
  for (const [metric, what] of [
    ['remove-peer-stall', { what: 'peer', peer: oftenCalled }],
    ['remove-all-stall', { what: 'all' }],
  ] as const) {
    const stalled = await longestStall(async () => history.remove(what));
    printResult({ bench: 'storage', subject: 'peerline', metric, unit: 'ms', values: [stalled] });
  }
  database.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
