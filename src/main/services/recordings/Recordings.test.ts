import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordingBounds, type CallRecording } from '#shared/call/recording.ts';
import { callIdSchema, deviceIdSchema } from '#shared/identity/ids.ts';
import { peerIdFromDigest } from '#shared/identity/peerId.ts';
import { ok } from '#shared/result.ts';
import { goodSample, recordingOf } from '#tests/support/engine/samples.ts';
import { openTestDatabase } from '#tests/support/main/openTestDatabase.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { CallHistory } from '../history/CallHistory.ts';
import { writeAtomically } from '../storage/JsonFile.ts';
import { readBounded } from './readBounded.ts';
import { Recordings } from './Recordings.ts';

const newCallId = () => callIdSchema.parse(randomBytes(16).toString('base64url'));
const start = Date.UTC(2026, 0, 10, 9, 30);

async function makeRecordings() {
  const folder = await tempFolder();
  const database = openTestDatabase(folder);
  const chosen: { path: string | undefined; suggested: string } = {
    path: join(folder, 'call.json'),
    suggested: '',
  };
  const { logger, records } = testLogger();
  const recordings = new Recordings({
    database,
    files: {
      choosePlace: async (name) => {
        chosen.suggested = name;
        return Promise.resolve(chosen.path);
      },
      chooseFile: async () => Promise.resolve(chosen.path),
      write: writeAtomically,
      read: readBounded,
    },
    logger,
  });
  const file = async () => readFile(join(folder, 'call.json'), 'utf8');
  /** Opens a file with that in it. */
  const importText = async (text: string) => {
    await writeFile(join(folder, 'call.json'), text);
    return recordings.import();
  };
  const ids = () => {
    const list = recordings.list();
    return list.ok ? list.value.map(({ callId }) => callId) : [];
  };
  return { folder, database, recordings, chosen, file, importText, ids, records };
}

const recorded = (changes: Partial<CallRecording> = {}): CallRecording =>
  recordingOf({ callId: newCallId(), startedAt: start, ...changes });

describe('recordings of calls', () => {
  it('are kept whole, the newest first, and the last twenty alone', async () => {
    const { recordings, ids } = await makeRecordings();
    const all = Array.from({ length: 22 }, (_, at) => recorded({ startedAt: start + at }));
    all.forEach((recording) => recordings.save(recording));
    expect(ids()).toEqual(
      all
        .slice(2)
        .toReversed()
        .map(({ callId }) => callId),
    );
    const [gone, newest] = [all[0], all.at(-1)];
    expect(newest && recordings.get(newest.callId)).toEqual({ ok: true, value: newest });
    expect(gone && recordings.get(gone.callId)).toMatchObject({ error: { code: 'RECORDING_UNKNOWN' } });
  });

  it('take little room, also of a call of half an hour', async () => {
    const { database, recordings } = await makeRecordings();
    const samples = Array.from({ length: recordingBounds.samples }, (_, second) =>
      goodSample({ at: second * 1_000, rttMs: 40 + (second % 17), availableKbps: 2_000 + second }),
    );
    recordings.save(recorded({ samples }));
    const page = database.read((sql) => sql.run('UPDATE recordings SET started_at = length(body)'));
    const list = recordings.list();
    expect(page.ok && list.ok && list.value[0]?.startedAt).toBeLessThan(150_000);
  });

  it('are replaced by a later one of the same call', async () => {
    const { recordings, ids } = await makeRecordings();
    const first = recorded();
    recordings.save(first);
    recordings.save({ ...first, seconds: 99 });
    expect(ids()).toEqual([first.callId]);
    expect(recordings.get(first.callId)).toMatchObject({ value: { seconds: 99 } });
  });

  it('go one by one', async () => {
    const { recordings, ids } = await makeRecordings();
    const [a, b] = [recorded(), recorded({ startedAt: start + 1 })];
    recordings.save(a);
    recordings.save(b);
    recordings.remove(a.callId);
    expect(ids()).toEqual([b.callId]);
  });

  it.each(['rows', 'peer', 'before', 'all'] as const)(
    'go with their call, when %s of the history is deleted',
    async (what) => {
      const { database, recordings, ids } = await makeRecordings();
      const history = new CallHistory({
        self: deviceIdSchema.parse('A'.repeat(22)),
        database,
        mayRing: () => true,
        now: () => start + 60_000,
        logger: testLogger().logger,
      });
      const recording = recorded();
      const peer = peerIdFromDigest(randomBytes(32));
      history.record({
        ...{ callId: recording.callId, peer, at: start, seconds: 60, video: true },
        ...{ direction: 'outgoing', end: 'hungUp', device: null },
      });
      recordings.save(recording);
      const range = history.range({ filter: 'all', offset: 0, limit: 1 });
      const row = range.ok ? (range.value.entries[0]?.row ?? 0) : 0;
      await history.remove(
        what === 'rows'
          ? { what, rows: [row] }
          : what === 'peer'
            ? { what, peer }
            : what === 'before'
              ? { what, at: start + 1 }
              : { what },
      );
      expect(ids()).toEqual([]);
    },
  );

  it('that are damaged are as good as gone', async () => {
    const { database, recordings } = await makeRecordings();
    const recording = recorded();
    recordings.save(recording);
    database.write((sql) => ok(sql.run("UPDATE recordings SET body = X'00'")));
    expect(recordings.get(recording.callId)).toMatchObject({ error: { code: 'RECORDING_UNKNOWN' } });
  });
});

describe('an exported recording', () => {
  it('is the same, under another call id and a name with the time', async () => {
    const { recordings, chosen, file } = await makeRecordings();
    const recording = recorded();
    recordings.save(recording);
    expect(await recordings.export(recording.callId)).toEqual({ ok: true, value: true });
    expect(chosen.suggested).toBe('peerline-call-2026-01-10-0930.json');
    const text = await file();
    expect(text).not.toContain(recording.callId);
    const { callId: _other, ...rest } = JSON.parse(text) as CallRecording;
    const { callId: _own, ...own } = recording;
    expect(rest).toEqual(own);
  });

  it('goes nowhere when the person cancels, and says so', async () => {
    const { recordings, chosen } = await makeRecordings();
    const recording = recorded();
    recordings.save(recording);
    chosen.path = undefined;
    expect(await recordings.export(recording.callId)).toEqual({ ok: true, value: false });
    expect(await recordings.import()).toEqual({ ok: true, value: null });
  });

  it('says when it could not be written', async () => {
    const { recordings, chosen, folder } = await makeRecordings();
    const recording = recorded();
    recordings.save(recording);
    chosen.path = join(folder, 'call.json');
    await mkdir(chosen.path);
    expect(await recordings.export(recording.callId)).toMatchObject({
      error: { code: 'RECORDING_WRITE_FAILED' },
    });
  });

  it('comes back, and is not kept', async () => {
    const { recordings, ids } = await makeRecordings();
    const recording = recorded();
    recordings.save(recording);
    await recordings.export(recording.callId);
    recordings.remove(recording.callId);
    const imported = await recordings.import();
    expect(imported).toMatchObject({ ok: true, value: { startedAt: start, samples: recording.samples } });
    expect(ids()).toEqual([]);
  });
});

describe('a file that is opened as a recording', () => {
  const text = (change: object) => JSON.stringify({ ...recorded(), ...change });

  it.each([
    ['is no JSON', 'hello'],
    ['is empty', ''],
    ['is of a later version', text({ v: 2 })],
    ['has samples of another form', text({ samples: [{ at: 1 }] })],
    [
      'has more samples than a recording can have',
      text({ samples: Array.from({ length: recordingBounds.samples + 1 }, () => goodSample()) }),
    ],
    ['has an address in a state', text({ events: [{ at: 1, kind: 'ice', value: '192.0.2.1' }] })],
    [
      'has an address for a codec',
      text({
        samples: [
          goodSample({ sent: { audio: { kbps: 1, loss: 0, jitterMs: 0, codec: '::1' }, video: null } }),
        ],
      }),
    ],
    ['is too large', ' '.repeat(recordingBounds.chars) + text({})],
    ['is nested beyond measure', '['.repeat(100_000)],
  ])('is refused when it %s', async (_what, content) => {
    const { importText } = await makeRecordings();
    expect(await importText(content)).toMatchObject({ error: { code: 'RECORDING_INVALID' } });
  });

  it('loses what a recording does not have', async () => {
    const { importText } = await makeRecordings();
    const imported = await importText(text({ peer: 'somebody', address: '192.0.2.1' }));
    expect(imported.ok && Object.keys(imported.value ?? {})).not.toContain('peer');
    expect(JSON.stringify(imported)).not.toContain('192.0.2.1');
  });

  it('is refused when it is a folder or is not there', async () => {
    const { recordings, chosen, folder } = await makeRecordings();
    for (const path of [folder, join(folder, 'nowhere.json')]) {
      chosen.path = path;
      expect(await recordings.import()).toMatchObject({ error: { code: 'RECORDING_INVALID' } });
    }
  });
});
