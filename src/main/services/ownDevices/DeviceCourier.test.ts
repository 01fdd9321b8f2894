import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeviceBody, DeviceEnvelope } from '#shared/call/deviceMessages.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import { fail, ok } from '#shared/result.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { FakeClient } from '#tests/support/main/FakeClient.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import type { Identity } from '../identity/IdentityStore.ts';
import { BoxOpener } from '../signaling/BoxOpener.ts';
import { Inbox } from '../signaling/Inbox.ts';
import { Outbox } from '../signaling/Outbox.ts';
import { Refusals } from '../signaling/Refusals.ts';
import { Sealer } from '../signaling/Sealer.ts';
import { Database } from '../storage/Database.ts';
import { DeviceCounters } from './DeviceCounters.ts';
import { DeviceCourier, type DeviceMessage } from './DeviceCourier.ts';

const day = 24 * 3_600_000;
const rename = (device: DeviceId): DeviceBody => ({ type: 'rename', device, name: 'other-computer' });

async function setUp() {
  const clock = new FakeClock();
  const { logger } = testLogger();
  const own = await makeIdentity();
  const { deviceId: otherDevice } = await makeIdentity();
  const other: Identity = { ...own, deviceId: otherDevice };
  const database = new Database({
    ...{ path: join(await tempFolder(), 'peerline.db'), copies: 'none', now: () => clock.now(), logger },
  });
  database.open();
  const sealer = new Sealer({ keys: own.keys });
  const self = { id: own.id, deviceId: own.deviceId, publicKey: own.keys.publicKey };
  const noDirectory = {
    get: async () => Promise.resolve(fail('PEER_UNKNOWN', '')),
    mustAsk: () => true,
  };
  const start = () => {
    const client = new FakeClient({ now: () => clock.now() });
    const refusals = new Refusals({ clock, logger });
    const boxes: { box: string; device?: DeviceId | undefined }[] = [];
    const received: DeviceMessage[] = [];
    const courier = new DeviceCourier({
      self,
      requests: {
        send: async (request) => {
          boxes.push(request);
          return Promise.resolve(ok({ devices: [], stored: false }));
        },
      },
      inbox: new Inbox({
        self: own.id,
        client,
        opener: new BoxOpener({ self, directory: noDirectory, sealer }),
        directory: noDirectory,
        limits: { mayAskKey: () => false },
        refusals,
        logger,
      }),
      outbox: new Outbox({ self, directory: noDirectory, sealer, clock }),
      counters: new DeviceCounters({ database }),
      refusals,
      clock,
      logger,
    });
    courier.onMessage((message) => received.push(message));
    const deliver = async (box: string, fromDevice = otherDevice): Promise<void> => {
      client.deliver({ type: 'deliver', from: own.id, fromDevice, box, at: clock.now(), seq: 1 });
      await clock.flush();
    };
    /** Counters of what was sent. */
    const counters = () =>
      boxes.map(({ box }) => {
        const opened = sealer.open(box, own.keys.publicKey);
        return opened.ok ? opened.value.seq : 0;
      });
    return { client, refusals, boxes, received, courier, deliver, counters };
  };
  let counter = clock.now();
  const seal = (change: Partial<DeviceEnvelope> = {}, from: Identity = own): string => {
    counter += 1;
    const envelope: DeviceEnvelope = {
      ...{ v: 1, kind: 'device', from: own.id, to: own.id, device: otherDevice },
      ...{ seq: counter, sentAt: clock.now(), body: rename(own.deviceId) },
      ...change,
    };
    const box = new Sealer({ keys: from.keys }).seal(envelope, own.keys.publicKey);
    if (!box.ok) {
      throw new Error(box.error.message);
    }
    return box.value;
  };
  return { clock, own, other, otherDevice, start, seal };
}

describe('DeviceCourier', () => {
  it('passes on what another device of the same identity says', async () => {
    const { own, otherDevice, start, seal } = await setUp();
    const { received, deliver } = start();
    await deliver(seal());
    expect(received).toEqual([{ from: otherDevice, body: rename(own.deviceId) }]);
  });

  it('is understood by the other device', async () => {
    const { own, otherDevice, start } = await setUp();
    const [here, there] = [start(), start()];
    await here.courier.send(rename(otherDevice), otherDevice);
    expect(here.boxes[0]?.device).toBe(otherDevice);
    await there.deliver(here.boxes[0]?.box ?? '', own.deviceId);
    // The very same device: what it said itself is not news to it.
    expect(there.received).toEqual([]);
    expect(there.refusals.count('misaddressed')).toBe(1);
  });

  it('refuses a box that comes again, also after a restart', async () => {
    const { start, seal } = await setUp();
    const [box, first, second] = [seal(), start(), start()];
    await first.deliver(box);
    await first.deliver(box);
    await second.deliver(box);
    expect(first.received).toHaveLength(1);
    expect(second.received).toEqual([]);
    expect([first, second].map(({ refusals }) => refusals.count('replayed'))).toEqual([1, 1]);
  });

  it('refuses the words of one device in the mouth of another', async () => {
    const { start, seal } = await setUp();
    const { received, refusals, deliver } = start();
    await deliver(seal(), (await makeIdentity()).deviceId);
    expect(received).toEqual([]);
    expect(refusals.count('misaddressed')).toBe(1);
  });

  it('refuses what another key made, and call messages under the own id', async () => {
    const { own, clock, start, seal } = await setUp();
    const { received, refusals, deliver } = start();
    await deliver(seal({}, await makeIdentity()));
    const call = new Sealer({ keys: own.keys }).seal(
      {
        ...{ v: 1, from: own.id, to: own.id, callId: 'A'.repeat(22) as never, seq: 1, sentAt: clock.now() },
        body: { type: 'ringing' },
      },
      own.keys.publicKey,
    );
    await deliver(call.ok ? call.value : '');
    expect(received).toEqual([]);
    expect([refusals.count('unopened'), refusals.count('misaddressed')]).toEqual([1, 1]);
  });

  it('takes a message of a clock that is an hour off, and refuses one that is days old', async () => {
    const { clock, start, seal } = await setUp();
    const { received, refusals, deliver } = start();
    await deliver(seal({ sentAt: clock.now() - 3_600_000 }));
    await deliver(seal({ sentAt: clock.now() + 3_600_000 }));
    await deliver(seal({ sentAt: clock.now() - 2 * day }));
    expect(received).toHaveLength(2);
    expect(refusals.count('stale')).toBe(1);
  });

  it('bounds what may come in a short time', async () => {
    const { clock, start, seal } = await setUp();
    const { received, refusals, deliver } = start();
    for (let count = 0; count < 110; count++) {
      await deliver(seal());
    }
    expect(received).toHaveLength(100);
    expect(refusals.count('tooOften')).toBe(10);
    await clock.advance(1_000);
    await deliver(seal());
    expect(received).toHaveLength(101);
  });

  it('counts on above what it said before a restart, even when the clock was set back', async () => {
    const { clock, otherDevice, start } = await setUp();
    const first = start();
    await first.courier.send(rename(otherDevice));
    clock.jumpWall(-3_600_000);
    const second = start();
    await second.courier.send(rename(otherDevice));
    expect(second.counters()[0]).toBeGreaterThan(first.counters()[0] ?? Number.MAX_SAFE_INTEGER);
  });
});
