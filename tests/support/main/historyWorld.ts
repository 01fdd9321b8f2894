import { randomBytes } from 'node:crypto';
import { callIdSchema } from '#shared/identity/ids.ts';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import type { CallRecord } from '#shared/people/history.ts';
import { testDeviceId } from '#tests/support/protocolClient.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { CallHistory } from '../../../src/main/services/history/CallHistory.ts';
import { openTestDatabase } from './openTestDatabase.ts';
import { tempFolder } from './tempFolder.ts';

export const newId = () => peerIdFromDigest(randomBytes(32));
export const newCallId = () => callIdSchema.parse(randomBytes(16).toString('base64url'));

/** This computer, and another one of the same person. */
export const self = testDeviceId();
export const laptop = testDeviceId();
/** Milliseconds. */
export const minute = 60_000;
/** Now, milliseconds since the epoch. */
export const start = Date.UTC(2026, 0, 10);

/** The history of one computer, at `start` for ever; whoever is in `away` may not ring there. */
export async function makeHistory() {
  const away = new Set<PeerId>();
  const database = openTestDatabase(await tempFolder());
  const history = new CallHistory({
    self,
    database,
    mayRing: (peer) => !away.has(peer),
    now: () => start,
    logger: testLogger().logger,
  });
  const unseen: number[] = [];
  history.on('changed', (change) => unseen.push(change.unseen));
  const entries = (query: Partial<Parameters<CallHistory['range']>[0]> = {}) => {
    const range = history.range({ filter: 'all', offset: 0, limit: 200, ...query });
    return range.ok ? range.value.entries : [];
  };
  return { history, database, away, unseen, entries };
}

/** A call that was answered here. */
export const talked = (changes: Partial<CallRecord> = {}): CallRecord => ({
  callId: newCallId(),
  peer: newId(),
  direction: 'incoming',
  video: true,
  at: start,
  seconds: 60,
  end: 'hungUp',
  device: self,
  ...changes,
});

/** A call that rang in vain. */
export const missed = (changes: Partial<CallRecord> = {}): CallRecord =>
  talked({ seconds: 0, end: 'missed', device: null, ...changes });
