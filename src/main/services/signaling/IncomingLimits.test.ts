import { beforeAll, describe, expect, it } from 'vitest';
import type { CallBody } from '#shared/call/messages.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { IncomingLimits } from './IncomingLimits.ts';

const invite: CallBody = { type: 'invite', media: { video: true } };

function setUp(contacts: readonly PeerId[] = []) {
  const time = { now: 1_000 };
  const knows = (from: PeerId) => contacts.includes(from);
  return { time, limits: new IncomingLimits({ now: () => time.now, knows }) };
}

describe('IncomingLimits', () => {
  let bob: PeerId;
  let stranger: PeerId;
  beforeAll(async () => {
    [bob, stranger] = [(await makeIdentity()).id, (await makeIdentity()).id];
  });

  it.each<[CallBody, boolean]>([
    [invite, true],
    [{ type: 'accept', media: { video: false } }, true],
    [{ type: 'ringing' }, false],
    [{ type: 'busy' }, false],
    [{ type: 'bye', reason: 'hungUp' }, false],
  ])('after we sent %j, asks for the key of that peer whatever strangers do: %s', (body, asks) => {
    const { limits } = setUp();
    while (limits.mayAskKey(stranger)) {
      // Until they have used up their share.
    }
    limits.sent(bob, body);
    expect(limits.mayAskKey(bob)).toBe(asks);
  });

  it('gives strangers a new share at once when their flood ends', () => {
    const { time, limits } = setUp();
    for (let count = 0; count < 10_000; count++) {
      limits.mayAskKey(stranger);
    }
    time.now += 200;
    expect(limits.mayAskKey(stranger)).toBe(true);
    expect(limits.mayAskKey(stranger)).toBe(false);
  });

  it('limits even whom the person called to a rate of its own', () => {
    const { limits } = setUp();
    limits.sent(bob, invite);
    const passed = Array.from({ length: 40 }, () => limits.mayPass(bob, invite)).filter(Boolean);
    expect(passed).toHaveLength(20);
  });

  it('lets a thousand calls of a contact in a minute ring fifty times', () => {
    const { time, limits } = setUp([bob]);
    let passed = 0;
    for (let call = 0; call < 1_000; call++) {
      passed += limits.mayPass(bob, invite) ? 1 : 0;
      time.now += 60;
    }
    expect(passed).toBeLessThanOrEqual(50);
  });

  it('takes the answer of a contact that has called too often, and limits answers too', () => {
    const { limits } = setUp([bob]);
    const answer: CallBody = { type: 'accept', media: { video: true } };
    while (limits.mayPass(bob, invite)) {
      // Until its calls are used up.
    }
    const passed = Array.from({ length: 40 }, () => limits.mayPass(bob, answer)).filter(Boolean);
    expect(passed).toHaveLength(20);
  });

  it('holds a contact to the wide rate from the first call on, and asks for its key whatever strangers do', () => {
    const { limits } = setUp([bob]);
    while (limits.mayAskKey(stranger)) {
      // Until they have used up their share.
    }
    expect(limits.mayAskKey(bob)).toBe(true);
    const passed = Array.from({ length: 40 }, () => limits.mayPass(bob, invite)).filter(Boolean);
    expect(passed).toHaveLength(20);
  });
});
