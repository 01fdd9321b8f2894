import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MailboxBounds, MailboxStore } from '#server/MailboxStore.ts';
import { MemoryBackplane } from '#server/MemoryBackplane.ts';
import { MemoryMailbox } from '#server/MemoryMailbox.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { limits } from '#shared/protocol/limits.ts';
import type { BookRight } from '#shared/protocol/messages.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { ackMail, boxesOf, leave, mailOf, takeMail } from '#tests/support/mailClient.ts';
import { testDeviceId, testIdentity, type ProtocolClient } from '#tests/support/protocolClient.ts';
import { TestServer } from '#tests/support/testServer.ts';

let server: TestServer;
let sender: ProtocolClient;
const others: TestServer[] = [];

beforeEach(async () => {
  server = await TestServer.start();
  sender = await server.login();
});
afterEach(async () => {
  await Promise.all([server, ...others.splice(0)].map(async (each) => each.stop()));
});

async function another(options: Parameters<typeof TestServer.start>[0]): Promise<TestServer> {
  const started = await TestServer.start(options);
  others.push(started);
  return started;
}

const bounded = (bounds: Partial<MailboxBounds>): MailboxStore =>
  new MemoryMailbox({ bounds, clock: new FakeClock() });

const putBook = async (client: ProtocolClient, id: PeerId, may: BookRight) =>
  client.request({ type: 'book.put', first: true, last: true, others: 'call', entries: [{ id, may }] });

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `box${index}`);

async function leaveAll(client: ProtocolClient, to: PeerId, boxes: readonly string[]): Promise<void> {
  for (const box of boxes) {
    expect(await leave(client, to, box)).toBe('done');
  }
}

describe('a notice', () => {
  test('waits for who is away and comes right after ready, the oldest first', async () => {
    const identity = testIdentity();
    await leaveAll(sender, identity.id, ['one', 'two', 'three']);
    const recipient = await server.login({ identity });
    await recipient.settle();
    expect(boxesOf(recipient)).toEqual(['one', 'two', 'three']);
  });

  test('comes to who is connected', async () => {
    const recipient = await server.login();
    await leave(sender, recipient.id, 'now');
    expect(await recipient.next('mail')).toEqual({
      type: 'mail',
      mail: expect.any(String) as string,
      from: sender.id,
      fromDevice: sender.deviceId,
      box: 'now',
      at: server.clock.now(),
    });
  });

  test('comes once: what was acknowledged comes to nobody again', async () => {
    const first = await server.login();
    const { identity } = first;
    await leave(sender, first.id, 'one');
    ackMail(first, await first.next('mail'));
    await first.settle();
    await first.close();
    const second = await server.login({ identity });
    await second.settle();
    expect(mailOf(second)).toEqual([]);
    expect(server.server.stats).toMatchObject({ mailKept: 1, mailDelivered: 1 });
  });

  test('goes to the next device, in order, when the first one ends without an acknowledgement', async () => {
    const first = await server.login();
    const { identity } = first;
    const second = await server.login({ identity });
    await leaveAll(sender, first.id, ['one', 'two']);
    await takeMail(first, 2);
    await second.settle();
    expect(mailOf(second)).toEqual([]);
    await first.close();
    expect((await takeMail(second, 2)).map(({ box }) => box)).toEqual(['one', 'two']);
  });

  test('stays with a session that dropped until that is given up', async () => {
    const first = await server.login();
    const { identity } = first;
    const second = await server.login({ identity });
    await leave(sender, first.id, 'one');
    await first.next('mail');
    await first.drop();
    await server.noticed(2);
    for (let second5 = 0; second5 < 5; second5++) {
      await server.clock.advance(5_000);
      await Promise.all([second.settle(), sender.settle()]);
    }
    expect(mailOf(second)).toEqual([]);
    await server.clock.advance(6_000);
    expect((await second.next('mail')).box).toBe('one');
  });

  test('comes again to a session that is resumed, before what is newer', async () => {
    const first = await server.login();
    const { identity, deviceId } = first;
    await leaveAll(sender, first.id, ['one', 'two']);
    const [one] = await takeMail(first, 2);
    if (one !== undefined) {
      ackMail(first, one);
    }
    await first.settle();
    await first.drop();
    await server.noticed(1);
    await leave(sender, first.id, 'three');
    const resume = { session: first.ready.session, seq: 0 };
    const again = await server.login({ identity, deviceId, resume });
    await again.settle();
    expect(again.ready.resumed).toBe(true);
    expect(boxesOf(again)).toEqual(['two', 'three']);
  });

  test('comes to a new session of the same device when the old one is replaced', async () => {
    const first = await server.login();
    const { identity, deviceId } = first;
    await leave(sender, first.id, 'one');
    await first.next('mail');
    const second = await server.login({ identity, deviceId });
    expect((await second.next('mail')).box).toBe('one');
  });

  test('is kept once when its sender repeats the request after a lost connection', async () => {
    const recipient = testIdentity();
    sender.send({ type: 'mail.put', ref: 'same', to: recipient.id, box: 'one' });
    await sender.next('done');
    const { identity, deviceId } = sender;
    await sender.drop();
    await server.noticed(0);
    const again = await server.login({
      identity,
      deviceId,
      resume: { session: sender.ready.session, seq: 0 },
    });
    again.send({ type: 'mail.put', ref: 'same', to: recipient.id, box: 'one' });
    expect((await again.next('done')).ref).toBe('same');
    const client = await server.login({ identity: recipient });
    await client.settle();
    expect(boxesOf(client)).toEqual(['one']);
  });

  test('to oneself is refused', async () => {
    expect(await leave(sender, sender.id)).toBe('selfAddressed');
  });

  test('is forgotten after seven days', async () => {
    const identity = testIdentity();
    await leave(sender, identity.id, 'old');
    server.clock.jumpWall(limits.noticeSeconds * 1_000 - 1);
    await leave(sender, identity.id, 'young');
    server.clock.jumpWall(1);
    const recipient = await server.login({ identity });
    await recipient.settle();
    expect(boxesOf(recipient)).toEqual(['young']);
    for (let step = 0; step < 12; step++) {
      await server.clock.advance(5_000);
      await Promise.all([recipient.settle(), sender.settle()]);
    }
    expect(server.server.stats.mailExpired).toBe(1);
  });
});

describe('many notices', () => {
  test('come only so many at a time, and all of them in order', async () => {
    const many = await another({
      mailbox: bounded({ perSender: 100 }),
      limits: { unackedMail: 8 },
    });
    const identity = testIdentity();
    const boxes = numbered(50);
    await leaveAll(await many.login(), identity.id, boxes);
    const recipient = await many.login({ identity });
    const got: string[] = [];
    while (got.length < boxes.length) {
      await recipient.settle();
      const waiting = mailOf(recipient);
      expect(waiting.length).toBeLessThanOrEqual(8);
      const taken = await takeMail(recipient, Math.min(3, waiting.length));
      got.push(...taken.map(({ box }) => box));
      ackMail(recipient, ...taken);
    }
    expect(got).toEqual(boxes);
  });

  test('reach one of two devices that connect at the same moment, whichever dies in between', async () => {
    const identity = testIdentity();
    for (let round = 0; round < 100; round++) {
      const boxes = [`a${round}`, `b${round}`, `c${round}`];
      await leaveAll(sender, identity.id, boxes);
      const devices = await Promise.all([server.login({ identity }), server.login({ identity })]);
      await Promise.all(devices.map(async (device) => device.settle()));
      const [holder, idle] = mailOf(devices[0]).length > 0 ? devices : [devices[1], devices[0]];
      expect([boxesOf(holder), boxesOf(idle)]).toEqual([boxes, []]);
      // It has kept the first one only, when it is gone without a word.
      const [first] = mailOf(holder);
      if (first !== undefined) {
        ackMail(holder, first);
      }
      await holder.settle();
      await holder.close();
      const rest = await takeMail(idle, 2);
      expect(rest.map(({ box }) => box)).toEqual(boxes.slice(1));
      ackMail(idle, ...rest);
      await idle.settle();
      await idle.close();
      // For the rate of the sender.
      await server.clock.advance(100);
    }
    expect(server.server.stats.mailDelivered).toBe(300);
  });

  test('of one stranger push out only its own', async () => {
    const identity = testIdentity();
    const stranger = await server.login();
    await leave(sender, identity.id, 'kept');
    await leaveAll(stranger, identity.id, numbered(50));
    const recipient = await server.login({ identity });
    await recipient.settle();
    expect(boxesOf(recipient)).toEqual(['kept', ...numbered(50).slice(-limits.noticesPerSender)]);
  });

  test('of many strangers neither refuse nor push out whom the book names', async () => {
    const busy = await another({ mailbox: bounded({ perRecipient: 20 }) });
    const friend = await busy.login();
    const recipient = await busy.login();
    const { identity } = recipient;
    expect(await putBook(recipient, friend.id, 'call')).toBe('done');
    await recipient.close();
    await leaveAll(friend, identity.id, ['friend1', 'friend2']);
    for (let stranger = 0; stranger < 30; stranger++) {
      const client = await busy.login();
      await leaveAll(client, identity.id, ['s1', 's2']);
      await client.close();
    }
    await leaveAll(friend, identity.id, numbered(8));
    const again = await busy.login({ identity });
    await again.settle();
    expect(boxesOf(again).filter((box) => !box.startsWith('s'))).toEqual([
      'friend1',
      'friend2',
      ...numbered(8),
    ]);
    expect(boxesOf(again)).toHaveLength(20);
  });

  test('are refused with the same answer to everybody once the named have filled the mailbox', async () => {
    const busy = await another({ mailbox: bounded({ perRecipient: 2 }) });
    const [friend, stranger, blocked] = [await busy.login(), await busy.login(), await busy.login()];
    const recipient = await busy.login();
    const entries = [
      { id: friend.id, may: 'call' as const },
      { id: blocked.id, may: 'nothing' as const },
    ];
    await recipient.request({ type: 'book.put', first: true, last: true, others: 'call', entries });
    await recipient.close();
    await leaveAll(friend, recipient.id, ['one', 'two']);
    for (const client of [friend, stranger, blocked]) {
      expect(await leave(client, recipient.id)).toBe('mailboxFull');
    }
    expect(busy.server.stats.mailRefused).toBe(3);
  });

  test('in a second are too many', async () => {
    const { id } = testIdentity();
    for (let index = 0; index <= 200; index++) {
      sender.send({ type: 'mail.put', ref: `m${index}`, to: id, box: 'Ym94' });
    }
    expect(await sender.next('error')).toEqual({ type: 'error', ref: 'm200', code: 'rateLimited' });
  });
});

describe('a sender', () => {
  /** Everything that the server asks its surroundings for. */
  function spied<T extends object>(target: T, calls: string[]): T {
    return new Proxy(target, {
      get: (object, name) => {
        const value: unknown = Reflect.get(object, name, object);
        if (typeof value !== 'function') {
          return value;
        }
        return (...args: unknown[]): unknown => {
          calls.push(String(name));
          return Reflect.apply(value, object, args);
        };
      },
    });
  }

  test('learns neither from the answer nor from its time who is there and who refuses it', async () => {
    const calls: string[] = [];
    const quiet = await another({
      mailbox: spied(new MemoryMailbox({ clock: new FakeClock() }), calls),
      backplane: spied(new MemoryBackplane(), calls),
      limits: { mailDelayMs: 100 },
    });
    const client = await quiet.login();
    const [connected, refusing, away] = [await quiet.login(), await quiet.login(), await quiet.login()];
    await putBook(refusing, client.id, 'nothing');
    await putBook(away, client.id, 'nothing');
    await away.close();
    await quiet.noticed(3);
    await quiet.clock.advance(100);
    const recipients = [connected.id, refusing.id, away.id, testIdentity().id];
    const seen = [];
    for (const [index, to] of recipients.entries()) {
      calls.length = 0;
      client.send({ type: 'mail.put', ref: `r${index}`, to, box: 'Ym94' });
      const { type } = await client.next('done');
      seen.push({ type, calls: [...calls] });
      await quiet.clock.advance(100);
    }
    expect(new Set(seen.map((one) => JSON.stringify(one)))).toHaveProperty('size', 1);
    expect(seen[0]?.calls).toContain('put');
    expect(boxesOf(connected)).toEqual(['Ym94']);
    expect(boxesOf(refusing)).toEqual([]);
  });

  test('is not waited for by the one who gets the notice, nor the other way round', async () => {
    const quiet = await another({ limits: { mailDelayMs: 100 } });
    const [client, recipient] = [await quiet.login(), await quiet.login()];
    expect(await leave(client, recipient.id)).toBe('done');
    await recipient.settle();
    expect(mailOf(recipient)).toEqual([]);
    await quiet.clock.advance(100);
    await recipient.next('mail');
  });
});

describe('a book', () => {
  test('keeps a notice from a device that refuses its sender, and lets another device have it', async () => {
    const refusing = await server.login();
    const { identity } = refusing;
    await putBook(refusing, sender.id, 'nothing');
    await leave(sender, identity.id, 'one');
    await refusing.settle();
    expect(mailOf(refusing)).toEqual([]);
    const open = await server.login({ identity });
    expect((await open.next('mail')).box).toBe('one');
  });

  test('does not let what it refuses hold up what it admits', async () => {
    const friend = await server.login();
    const refusing = await server.login();
    await putBook(refusing, sender.id, 'nothing');
    await leave(sender, refusing.id, 'refused');
    await leave(friend, refusing.id, 'admitted');
    expect((await refusing.next('mail')).box).toBe('admitted');
  });

  test('that changes brings what had to wait', async () => {
    const recipient = await server.login();
    await putBook(recipient, sender.id, 'nothing');
    await leave(sender, recipient.id, 'one');
    await putBook(recipient, sender.id, 'call');
    expect((await recipient.next('mail')).box).toBe('one');
  });

  test('of one device does not hold up another that waits behind it', async () => {
    const friend = await server.login();
    const first = await server.login();
    const { identity } = first;
    const second = await server.login({ identity });
    await putBook(first, friend.id, 'nothing');
    await leave(sender, identity.id, 'both');
    const taken = await first.next('mail');
    await leave(friend, identity.id, 'second');
    await second.settle();
    expect(mailOf(second)).toEqual([]);
    ackMail(first, taken);
    expect((await second.next('mail')).box).toBe('second');
  });
});

describe('bad input', () => {
  const to = testIdentity().id;
  test.each([
    { what: 'a box that is too long', message: { type: 'mail.put', ref: 'r', to, box: 'x'.repeat(2_049) } },
    { what: 'an empty box', message: { type: 'mail.put', ref: 'r', to, box: '' } },
    { what: 'a box of other characters', message: { type: 'mail.put', ref: 'r', to, box: 'a=b' } },
    { what: 'no recipient', message: { type: 'mail.put', ref: 'r', box: 'Ym94' } },
    { what: 'no ref', message: { type: 'mail.put', to, box: 'Ym94' } },
    { what: 'an acknowledgement of nothing', message: { type: 'mail.ack', mail: [] } },
    {
      what: 'an acknowledgement of too much',
      message: { type: 'mail.ack', mail: Array.from({ length: 65 }, () => 'a') },
    },
    { what: 'an id of other characters', message: { type: 'mail.ack', mail: ['a b'] } },
  ])('$what closes with badFrame', async ({ message }) => {
    sender.send(message);
    expect(await sender.closed).toEqual({ code: 4400, reason: 'badFrame' });
  });

  test('an acknowledgement of what belongs to others does nothing', async () => {
    const recipient = await server.login();
    const { identity } = recipient;
    await leave(sender, recipient.id, 'one');
    const notice = await recipient.next('mail');
    ackMail(sender, notice);
    await sender.settle();
    await recipient.close();
    const again = await server.login({ identity });
    expect((await again.next('mail')).mail).toBe(notice.mail);
  });

  test('acknowledgements of nothing count against the rate, those of something do not', async () => {
    const busy = await another({
      mailbox: bounded({ perSender: 200 }),
      limits: { burst: 20, messagesPerSecond: 1 },
    });
    const recipient = await busy.login();
    for (let round = 0; round < 8; round++) {
      const from = await busy.login();
      await leaveAll(from, recipient.id, numbered(8));
      ackMail(recipient, ...(await takeMail(recipient, 1)));
      for (const notice of await takeMail(recipient, 7)) {
        ackMail(recipient, notice);
      }
    }
    await recipient.settle();
    for (let index = 0; index < 60; index++) {
      recipient.send({ type: 'mail.ack', mail: [`unknown${index}`] });
    }
    expect((await recipient.closed).code).toBe(4429);
  });
});

describe('a mailbox that fails', () => {
  test('is told to the sender, and people can still log in and call', async () => {
    const broken = new MemoryMailbox({ clock: new FakeClock() });
    const failure = { ok: false, error: { code: 'MAILBOX_FAILED', message: 'disk full' } } as const;
    const mailbox: MailboxStore = Object.assign(broken, {
      put: async () => Promise.resolve(failure),
      lease: async () => Promise.resolve(failure),
      isSignedOut: async () => Promise.resolve(failure),
    });
    const ill = await another({ mailbox });
    const [caller, callee] = [await ill.login(), await ill.login({ deviceId: testDeviceId() })];
    expect(await leave(caller, callee.id)).toBe('backplaneFailed');
    expect((await caller.deliver(callee.id)).devices).toEqual([callee.deviceId]);
    expect(ill.server.stats.backplaneFailures).toBeGreaterThan(0);
    const logged = ill.log.records.filter(({ level }) => level !== 'debug');
    expect(JSON.stringify(logged)).not.toContain(callee.id.slice(0, 8));
  });
});
