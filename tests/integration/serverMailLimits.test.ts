import { beforeEach, describe, expect, test } from 'vitest';
import type { MailboxBounds, MailboxStore } from '#server/MailboxStore.ts';
import { MemoryMailbox } from '#server/MemoryMailbox.ts';
import { limits } from '#shared/protocol/limits.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { ackMail, boxesOf, leave, leaveAll, mailOf, putBook, takeMail } from '#tests/support/mailClient.ts';
import { testIdentity, type ProtocolClient } from '#tests/support/protocolClient.ts';
import { startTestServer } from '#tests/support/startTestServer.ts';
import type { TestServer } from '#tests/support/testServer.ts';

let server: TestServer;
let sender: ProtocolClient;

beforeEach(async () => {
  server = await startTestServer();
  sender = await server.login();
});

const bounded = (bounds: Partial<MailboxBounds>): MailboxStore =>
  new MemoryMailbox({ bounds, clock: new FakeClock() });

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `box${index}`);

describe('many notices', () => {
  test('come only so many at a time, and all of them in order', async () => {
    const many = await startTestServer({
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
    const busy = await startTestServer({ mailbox: bounded({ perRecipient: 20 }) });
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
    const busy = await startTestServer({ mailbox: bounded({ perRecipient: 2 }) });
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
    const busy = await startTestServer({
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
