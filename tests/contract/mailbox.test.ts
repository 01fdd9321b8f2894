import { describe, expect, test } from 'vitest';
import { mailIdSchema } from '#shared/protocol/messages.ts';
import {
  carol,
  dave,
  device,
  mailboxKinds,
  newPlace,
  owner,
  starter,
  strangers,
  value,
} from '#tests/support/mailboxes.ts';
import { testDeviceId } from '#tests/support/protocolClient.ts';

const { kinds } = mailboxKinds();

describe.each(kinds)('$name', ({ make, survives }) => {
  const start = starter(make);

  test('gives a notice as it was put, under an id that the protocol allows', async () => {
    const subject = await start();
    await subject.put('Ym94');
    const { notices } = await subject.lease('one');
    expect(notices).toEqual([
      {
        mail: expect.stringMatching(/./) as string,
        from: carol,
        fromDevice: device,
        box: 'Ym94',
        at: subject.clock.now(),
      },
    ]);
    expect(mailIdSchema.safeParse(notices[0]?.mail).success).toBe(true);
  });

  test('keeps the order in which they came, also within one millisecond', async () => {
    const subject = await start({ perSender: 100 });
    const sent = Array.from({ length: 30 }, (_, index) => `box${index}`);
    for (const box of sent) {
      await subject.put(box);
    }
    expect(await subject.boxes('one')).toEqual(sent);
  });

  test('keeps mailboxes apart', async () => {
    const subject = await start();
    await subject.put('a', { to: owner });
    await subject.put('b', { to: dave });
    expect(await subject.boxes('one', { to: dave })).toEqual(['b']);
  });

  test('gives a notice to one holder only', async () => {
    const subject = await start();
    await subject.put('a');
    expect(await subject.boxes('one')).toEqual(['a']);
    expect(await subject.boxes('one')).toEqual([]);
    expect(await subject.lease('two')).toEqual({ notices: [], blocked: true });
  });

  test('gives a notice to one of many who ask at the same moment', async () => {
    const subject = await start({ perSender: 100 });
    for (let round = 0; round < 20; round++) {
      await subject.put(`box${round}`);
      const got = await Promise.all(
        Array.from({ length: 5 }, async (_, index) => subject.boxes(`holder${round}-${index}`)),
      );
      expect(got.flat()).toEqual(Array.from({ length: round + 1 }, (_, index) => `box${index}`));
      await Promise.all(
        Array.from({ length: 5 }, async (_, index) =>
          subject.store.release(owner, `holder${round}-${index}`),
        ),
      );
    }
  });

  test('gives again what a holder has when it asks for that', async () => {
    const subject = await start();
    await subject.put('a');
    await subject.boxes('one');
    await subject.put('b');
    expect(await subject.boxes('one', { again: true })).toEqual(['a', 'b']);
  });

  test('gives no more at once than is wanted, counting what the holder has', async () => {
    const subject = await start();
    for (const box of ['a', 'b', 'c']) {
      await subject.put(box);
    }
    expect(await subject.boxes('one', { most: 2 })).toEqual(['a', 'b']);
    expect(await subject.boxes('one', { most: 2 })).toEqual([]);
    expect(await subject.boxes('one', { most: 3 })).toEqual(['c']);
  });

  test('keeps for others what a holder does not admit', async () => {
    const subject = await start();
    await subject.put('a', { from: carol });
    await subject.put('b', { from: dave });
    expect(await subject.boxes('one', { admits: (from) => from === dave })).toEqual(['b']);
    expect(await subject.lease('two')).toMatchObject({ notices: [{ box: 'a' }], blocked: true });
  });

  test('gives nobody a younger notice while an older one that it would take is elsewhere', async () => {
    const subject = await start();
    await subject.put('a');
    await subject.boxes('one');
    await subject.put('b');
    expect(await subject.lease('two')).toEqual({ notices: [], blocked: true });
    expect(await subject.boxes('one')).toEqual(['b']);
  });

  test('gives to the next what a holder let go of, in the old order', async () => {
    const subject = await start();
    await subject.put('a');
    await subject.boxes('one');
    await subject.put('b');
    expect(value(await subject.store.release(owner, 'one'))).toBe(true);
    expect(value(await subject.store.release(owner, 'one'))).toBe(false);
    expect(await subject.boxes('two')).toEqual(['a', 'b']);
  });

  test('lets go of single notices', async () => {
    const subject = await start();
    await subject.put('a');
    await subject.put('b');
    const { notices } = await subject.lease('one');
    await subject.store.release(
      owner,
      'one',
      notices.slice(0, 1).map(({ mail }) => mail),
    );
    expect(value(await subject.store.release(owner, 'one', []))).toBe(false);
    expect(await subject.boxes('two')).toEqual(['a']);
  });

  test('forgets what was acknowledged, and says whether something is left', async () => {
    const subject = await start();
    await subject.put('a');
    await subject.put('b');
    const [first = '', second = ''] = (await subject.lease('one')).notices.map(({ mail }) => mail);
    expect(value(await subject.store.acknowledge(owner, 'one', [first, 'unknown']))).toEqual({
      removed: 1,
      left: true,
    });
    expect(value(await subject.store.acknowledge(owner, 'one', [first, second]))).toEqual({
      removed: 1,
      left: false,
    });
    await subject.store.release(owner, 'one');
    expect(await subject.inside()).toEqual([]);
  });

  test('takes no acknowledgement of what another holder has', async () => {
    const subject = await start();
    await subject.put('a');
    const mail = (await subject.lease('one')).notices.map((notice) => notice.mail);
    expect(value(await subject.store.acknowledge(owner, 'two', mail))).toMatchObject({ removed: 0 });
    expect(value(await subject.store.acknowledge(dave, 'one', mail))).toMatchObject({ removed: 0 });
    expect(await subject.boxes('one', { again: true })).toEqual(['a']);
  });

  test('renews a lease without giving anything away', async () => {
    const subject = await start();
    await subject.put('a');
    await subject.boxes('one');
    value(await subject.store.renew(owner, 'one'));
    value(await subject.store.renew(owner, 'two'));
    expect(await subject.boxes('two')).toEqual([]);
  });

  test('drops the oldest of a sender who leaves too many, and says yes', async () => {
    const subject = await start({ perSender: 3 });
    const answers = [];
    for (const box of ['a', 'b', 'c', 'd', 'e']) {
      answers.push(await subject.put(box));
    }
    expect(answers.map(({ kept }) => kept)).toEqual([true, true, true, true, true]);
    expect(answers.map(({ displaced }) => displaced)).toEqual([0, 0, 0, 1, 1]);
    expect(await subject.inside()).toEqual(['c', 'd', 'e']);
  });

  test('lets no flood of strangers refuse or displace who is named', async () => {
    const subject = await start({ perRecipient: 10 });
    for (const box of ['n1', 'n2', 'n3', 'n4', 'n5']) {
      await subject.put(box, { named: true });
    }
    for (const from of strangers) {
      expect(await subject.put('s', { from })).toMatchObject({ kept: true });
    }
    for (const box of ['n6', 'n7', 'n8', 'n9', 'n10']) {
      expect(await subject.put(box, { named: true })).toMatchObject({ kept: true, displaced: 1 });
    }
    expect(await subject.inside()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9', 'n10']);
  });

  test('gives strangers half of a mailbox, and takes from the one who has most', async () => {
    const subject = await start({ perRecipient: 8 });
    const [first = carol, loud = carol, late = carol] = strangers;
    await subject.put('first', { from: first });
    for (const box of ['l1', 'l2', 'l3']) {
      await subject.put(box, { from: loud });
    }
    expect(await subject.put('late', { from: late })).toEqual({ kept: true, displaced: 1 });
    expect(await subject.inside()).toEqual(['first', 'l2', 'l3', 'late']);
  });

  test('refuses the named and the strangers alike when the named have filled it', async () => {
    const subject = await start({ perRecipient: 4, perSender: 2 });
    for (const from of [carol, carol, dave, dave]) {
      await subject.put('n', { from, named: true });
    }
    const [other = carol, stranger = carol] = strangers;
    const full = { kept: false, displaced: 0 };
    expect(await subject.put('x', { from: other, named: true })).toEqual(full);
    expect(await subject.put('x', { from: stranger })).toEqual(full);
    expect(await subject.put('again', { from: carol, named: true })).toEqual({ kept: true, displaced: 1 });
  });

  test('keeps only so many of one sender over all mailboxes', async () => {
    const subject = await start({ perSenderInAll: 2 });
    const [a = carol, b = carol, c = carol] = strangers;
    for (const to of [a, b, c]) {
      expect(await subject.put('x', { to })).toMatchObject({ kept: true });
    }
    expect([await subject.inside(a), await subject.inside(b), await subject.inside(c)]).toEqual([
      [],
      ['x'],
      ['x'],
    ]);
  });

  test('gives strangers half of everything, however many mailboxes they fill', async () => {
    const subject = await start({ inAll: 8 });
    await subject.put('named', { named: true });
    for (const [index, to] of strangers.entries()) {
      const from = strangers[(index + 1) % strangers.length] ?? carol;
      expect(await subject.put('s', { from, to })).toMatchObject({ kept: true });
    }
    const kept = await Promise.all(strangers.map(async (to) => subject.inside(to)));
    expect(kept.flat()).toHaveLength(4);
    expect(kept.slice(-4).flat()).toHaveLength(4);
    expect(await subject.inside()).toEqual(['named']);
  });

  test('refuses everybody when the named have filled everything', async () => {
    const subject = await start({ inAll: 4 });
    const [a = carol, b = carol, c = carol] = strangers;
    for (const to of [a, a, b, b]) {
      await subject.put('n', { to, named: true });
    }
    const full = { kept: false, displaced: 0 };
    expect(await subject.put('x', { to: c, from: dave, named: true })).toEqual(full);
    expect(await subject.put('x', { to: c, from: dave })).toEqual(full);
  });

  test('keeps nothing beyond its time, and counts that once', async () => {
    const subject = await start({ noticeMs: 1_000 });
    await subject.put('old');
    await subject.clock.advance(500);
    await subject.put('young', { from: dave });
    await subject.clock.advance(500);
    expect(await subject.inside()).toEqual(['young']);
    expect(value(await subject.store.expire())).toBe(1);
    expect(value(await subject.store.expire())).toBe(0);
    await subject.clock.advance(500);
    await subject.put('next', { to: dave });
    expect(value(await subject.store.expire())).toBe(1);
  });

  test('has room again when the time of others is over', async () => {
    const subject = await start({ perRecipient: 1, noticeMs: 1_000 });
    await subject.put('a', { named: true });
    await subject.clock.advance(1_000);
    expect(await subject.put('b', { from: dave, named: true })).toEqual({ kept: true, displaced: 0 });
  });

  test('gives nobody again what ran out while it was leased', async () => {
    const subject = await start({ noticeMs: 1_000 });
    await subject.put('a');
    await subject.boxes('one');
    await subject.clock.advance(1_000);
    expect(await subject.lease('two')).toEqual({ notices: [], blocked: false });
    expect(await subject.boxes('one', { again: true })).toEqual([]);
  });

  test('remembers which devices of an id were signed out, the latest of them', async () => {
    const { store } = await start({ signedOutPerId: 3 });
    const devices = Array.from({ length: 4 }, () => testDeviceId());
    for (const deviceId of devices) {
      value(await store.signOut(owner, deviceId));
    }
    const known = await Promise.all(devices.map(async (deviceId) => store.isSignedOut(owner, deviceId)));
    expect(known.map(value)).toEqual([false, true, true, true]);
    expect(value(await store.isSignedOut(carol, devices[3] ?? device))).toBe(false);
  });

  test('counts a device that is signed out twice once, as the latest', async () => {
    const { store } = await start({ signedOutPerId: 2 });
    const [a, b, c] = [testDeviceId(), testDeviceId(), testDeviceId()];
    for (const deviceId of [a, b, a, c]) {
      value(await store.signOut(owner, deviceId));
    }
    const known = await Promise.all([a, b, c].map(async (deviceId) => store.isSignedOut(owner, deviceId)));
    expect(known.map(value)).toEqual([true, false, true]);
  });

  test('fails once it is closed, and can be closed twice', async () => {
    const { store } = await start();
    await store.close();
    await store.close();
    if (survives) {
      const notice = { to: owner, from: carol, fromDevice: device, box: 'a', at: 0, named: false };
      expect(await store.put(notice)).toMatchObject({ ok: false, error: { code: 'MAILBOX_FAILED' } });
    }
  });

  if (!survives) {
    return;
  }

  test('knows after a restart what it kept, in order, and who was signed out', async () => {
    const place = newPlace();
    const before = await start({}, place);
    await before.put('a', { named: true });
    await before.put('b');
    value(await before.store.signOut(owner, device));
    await before.store.close();
    const after = await start({}, place);
    expect(await after.inside()).toEqual(['a', 'b']);
    expect(value(await after.store.isSignedOut(owner, device))).toBe(true);
  });
});
