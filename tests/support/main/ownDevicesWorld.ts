import { randomBytes } from 'node:crypto';
import type { DeviceBody } from '#shared/call/deviceMessages.ts';
import { callIdSchema, type CallId, type DeviceId } from '#shared/identity/ids.ts';
import type { IpcEvents } from '#shared/ipc/contract.ts';
import type { CallMark, CallRecord } from '#shared/people/history.ts';
import type { OwnDevice } from '#shared/people/ownDevices.ts';
import { fail, ok } from '#shared/result.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { testDeviceId } from '#tests/support/protocolClient.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { BlockList } from '../../../src/main/services/contacts/BlockList.ts';
import { BlocksSync } from '../../../src/main/services/ownDevices/BlocksSync.ts';
import type { DeviceMessage } from '../../../src/main/services/ownDevices/DeviceCourier.ts';
import { OwnDevices } from '../../../src/main/services/ownDevices/OwnDevices.ts';
import { OwnDeviceTable } from '../../../src/main/services/ownDevices/OwnDeviceTable.ts';
import { RecordsSync } from '../../../src/main/services/ownDevices/RecordsSync.ts';
import { FakeClient } from './FakeClient.ts';
import { makeIdentity } from './makeIdentity.ts';
import { openTestDatabase } from './openTestDatabase.ts';
import { tempFolder } from './tempFolder.ts';

/**
 * This computer as one of several: what it says to the others is in `sent`, and `desk`, another one, says what a
 * test has it `say`.
 */
export async function makeOwnDevices() {
  const clock = new FakeClock();
  const { logger } = testLogger();
  const client = new FakeClient({ now: () => clock.now() });
  const [self, desk] = [testDeviceId(), testDeviceId()];
  const database = openTestDatabase(await tempFolder(), () => clock.now());
  const facts: {
    name: string;
    connected: DeviceId[];
    ended: DeviceId[];
    records: CallRecord[];
    unseen: CallMark[];
    seen: CallId[];
  } = { name: 'this-computer', connected: [self], ended: [], records: [], unseen: [], seen: [] };
  const seenElsewhere: CallMark[] = [];
  const blocks = new BlockList({ self: (await makeIdentity()).id, database, now: () => clock.now(), logger });
  blocks.start();
  const sent: { body: DeviceBody; device?: DeviceId | undefined }[] = [];
  const merged: CallRecord[] = [];
  const changes: (readonly OwnDevice[])[] = [];
  const taken: IpcEvents['callTaken'][] = [];
  let hear: (message: DeviceMessage) => void = () => undefined;
  const start = () => {
    const courier = {
      send: async (body: DeviceBody, device?: DeviceId) => {
        sent.push(device === undefined ? { body } : { body, device });
        return Promise.resolve(ok({ devices: [], stored: false }));
      },
      onMessage: (listener: (message: DeviceMessage) => void) => {
        hear = listener;
        return () => undefined;
      },
    };
    const ownDevices: OwnDevices = new OwnDevices({
      self,
      platform: 'linux',
      name: () => facts.name,
      rename: async (name) => {
        facts.name = name;
        ownDevices.nameChanged();
        return Promise.resolve(ok(null));
      },
      client,
      requests: {
        devices: async () => Promise.resolve(ok(facts.connected)),
        endDevice: async (device) => {
          facts.ended.push(device);
          return Promise.resolve(device === desk ? ok(null) : fail('SIGNALING_RATE_LIMITED', ''));
        },
      },
      courier,
      table: new OwnDeviceTable({ database }),
      records: new RecordsSync({
        courier,
        history: {
          newest: () => ok(1_000),
          since: (at) => ok(facts.records.filter((record) => record.at > at)),
          merge: (records) => {
            merged.push(...records);
            return ok(null);
          },
          unseenCalls: () => ok(facts.unseen),
          amongSeen: (marks) => ok(marks.filter(({ callId: id }) => facts.seen.includes(id))),
          seenElsewhere: (marks) => {
            seenElsewhere.push(...marks);
            return ok(null);
          },
        },
        logger,
      }),
      blocks: new BlocksSync({ courier, blocks, logger }),
      clock,
      logger,
    });
    ownDevices.on('changed', (devices) => changes.push(devices));
    ownDevices.on('taken', (call) => taken.push(call));
    return ownDevices;
  };
  const ownDevices = start();
  const online = async (): Promise<void> => {
    client.goOnline();
    await clock.flush();
    await clock.flush();
  };
  const about = (change: Partial<Extract<DeviceBody, { type: 'about' }>> = {}): DeviceBody => ({
    ...{ type: 'about', name: 'desk', platform: 'darwin', answer: false, recordsUntil: 0, unseen: [] },
    ...change,
  });
  const say = async (body: DeviceBody, from = desk): Promise<void> => {
    hear({ from, body });
    await clock.flush();
  };
  const sentOf = (type: DeviceBody['type']) => sent.filter(({ body }) => body.type === type);
  const record = async (at: number): Promise<CallRecord> => ({
    ...{ callId: callIdSchema.parse(randomBytes(16).toString('base64url')), peer: (await makeIdentity()).id },
    ...{ direction: 'outgoing', video: true, at, seconds: 5, end: 'hungUp', device: self },
  });
  const facades = { ownDevices, start, online, about, say, sentOf, record };
  const heard = { merged, changes, taken, seenElsewhere };
  return { ...facades, ...heard, clock, client, self, desk, facts, sent, blocks };
}
