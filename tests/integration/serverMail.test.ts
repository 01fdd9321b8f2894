import { beforeEach, describe, expect, test } from 'vitest';
import { limits } from '#shared/protocol/limits.ts';
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
