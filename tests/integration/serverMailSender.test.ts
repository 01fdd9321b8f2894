import { describe, expect, test } from 'vitest';
import type { MailboxStore } from '#server/MailboxStore.ts';
import { MemoryBackplane } from '#server/MemoryBackplane.ts';
import { MemoryMailbox } from '#server/MemoryMailbox.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { boxesOf, leave, mailOf, putBook } from '#tests/support/mailClient.ts';
import { testDeviceId, testIdentity } from '#tests/support/protocolClient.ts';
import { startTestServer } from '#tests/support/startTestServer.ts';

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
    const quiet = await startTestServer({
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
    const quiet = await startTestServer({ limits: { mailDelayMs: 100 } });
    const [client, recipient] = [await quiet.login(), await quiet.login()];
    expect(await leave(client, recipient.id)).toBe('done');
    await recipient.settle();
    expect(mailOf(recipient)).toEqual([]);
    await quiet.clock.advance(100);
    await recipient.next('mail');
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
    const ill = await startTestServer({ mailbox });
    const [caller, callee] = [await ill.login(), await ill.login({ deviceId: testDeviceId() })];
    expect(await leave(caller, callee.id)).toBe('backplaneFailed');
    expect((await caller.deliver(callee.id)).devices).toEqual([callee.deviceId]);
    expect(ill.server.stats.backplaneFailures).toBeGreaterThan(0);
    const logged = ill.log.records.filter(({ level }) => level !== 'debug');
    expect(JSON.stringify(logged)).not.toContain(callee.id.slice(0, 8));
  });
});
