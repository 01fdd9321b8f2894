import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { CallBody, CallEnvelope } from '#shared/call/messages.ts';
import { callIdSchema, type CallId } from '#shared/identity/ids.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { makePeer, type TestPeer } from '#tests/support/main/makePeer.ts';
import { startServer } from '#tests/support/main/startServer.ts';
import { ProtocolClient } from '#tests/support/protocolClient.ts';
import { initialMachine } from '../../src/renderer/engine/callState.ts';
import { step } from '../../src/renderer/engine/callMachine.ts';

const newCall = (): CallId => callIdSchema.parse(randomBytes(16).toString('base64url'));
const invite: CallBody = { type: 'invite', media: { video: true } };

async function twoPeers(): Promise<{ alice: TestPeer; bob: TestPeer; url: string; port: number }> {
  const { url, port } = await startServer();
  const [alice, bob] = [await makePeer({ url }), await makePeer({ url })];
  for (const { client, reach } of [alice, bob]) {
    client.start();
    await reach('online');
  }
  return { alice, bob, url, port };
}

const arrived = async (peer: TestPeer, count: number) =>
  vi.waitUntil(() => peer.received.length >= count, { timeout: 10_000, interval: 5 });

/** The real message that proves that the one before it was dealt with. */
async function settle(from: TestPeer, to: TestPeer): Promise<void> {
  const count = to.received.length;
  await from.courier.send({ to: to.identity.id, callId: newCall(), body: { type: 'busy' } });
  await arrived(to, count + 1);
}

/** What somebody sends who has `sender`'s connection and need not keep to the rules. */
async function sendForged(
  sender: TestPeer,
  to: TestPeer,
  change: Partial<CallEnvelope>,
  sealFor = to.identity,
): Promise<string> {
  const envelope: CallEnvelope = {
    v: 1,
    from: sender.identity.id,
    to: to.identity.id,
    callId: newCall(),
    seq: 1,
    sentAt: Date.now(),
    body: invite,
    ...change,
  };
  const sealed = sender.sealer.seal(envelope, sealFor.keys.publicKey);
  if (!sealed.ok) {
    throw new Error(sealed.error.message);
  }
  await sender.client.requests.send({ to: to.identity.id, box: sealed.value, ttl: 10 }, 5_000);
  return sealed.value;
}

describe('CallCourier', () => {
  it('brings a call message to the other side and says whom it reached', async () => {
    const { alice, bob } = await twoPeers();
    const callId = newCall();
    expect(await alice.courier.send({ to: bob.identity.id, callId, body: invite })).toEqual({
      ok: true,
      value: { devices: [bob.identity.deviceId], stored: false },
    });
    await arrived(bob, 1);
    expect(bob.received[0]).toMatchObject({
      from: alice.identity.id,
      fromDevice: alice.identity.deviceId,
      callId,
      body: invite,
    });
    expect(bob.received[0]?.ageMs).toBeLessThan(5_000);
  });

  it('keeps the order of a burst', async () => {
    const { alice, bob } = await twoPeers();
    const callId = newCall();
    const bodies = Array.from({ length: 40 }, (_, generation): CallBody => ({
      type: 'candidate',
      generation,
      candidate: null,
    }));
    await Promise.all(bodies.map(async (body) => alice.courier.send({ to: bob.identity.id, callId, body })));
    await arrived(bob, bodies.length);
    expect(bob.received.map(({ body }) => body)).toEqual(bodies);
  });

  it('says that nobody was reached, that an id is unknown, and that one cannot call oneself', async () => {
    const { alice, bob } = await twoPeers();
    bob.client.close();
    await vi.waitUntil(
      async () => {
        const sent = await alice.courier.send({ to: bob.identity.id, callId: newCall(), body: invite });
        return sent.ok && sent.value.devices.length === 0;
      },
      { timeout: 10_000 },
    );
    const { id } = await makeIdentity();
    expect(await alice.courier.send({ to: id, callId: newCall(), body: invite })).toMatchObject({
      error: { code: 'PEER_UNKNOWN' },
    });
    const self = alice.identity.id;
    expect(await alice.courier.send({ to: self, callId: newCall(), body: invite })).toMatchObject({
      error: { code: 'PEER_IS_SELF' },
    });
  });

  it('brings a hang-up that was said while the socket was down', async () => {
    const { alice, bob } = await twoPeers();
    const callId = newCall();
    alice.client.wake();
    const sent = alice.courier.send({ to: bob.identity.id, callId, body: { type: 'bye', reason: 'hungUp' } });
    expect(await sent).toMatchObject({ ok: true });
    await arrived(bob, 1);
    expect(bob.received).toHaveLength(1);
  });
});

describe('CallCourier and peers or servers that cheat', () => {
  it('passes an old sealed message on only once', async () => {
    const { alice, bob } = await twoPeers();
    const box = await sendForged(alice, bob, {});
    await arrived(bob, 1);
    await alice.client.requests.send({ to: bob.identity.id, box, ttl: 10 }, 5_000);
    await settle(alice, bob);
    expect(bob.received.filter(({ body }) => body.type === 'invite')).toHaveLength(1);
    expect(bob.refusals('duplicate')).toBe(1);
  });

  it('refuses a box of somebody else that is sent under another name', async () => {
    const { alice, bob, url } = await twoPeers();
    const eve = await makePeer({ url });
    eve.client.start();
    await eve.reach('online');
    const box = await sendForged(alice, bob, {});
    await arrived(bob, 1);
    await eve.client.requests.send({ to: bob.identity.id, box, ttl: 10 }, 5_000);
    await settle(eve, bob);
    expect(bob.refused).toEqual(['unopened']);
    expect(bob.received.filter(({ body }) => body.type === 'invite')).toHaveLength(1);
  });

  it('refuses a box that was sealed to somebody else', async () => {
    const { alice, bob } = await twoPeers();
    await sendForged(alice, bob, {}, await makeIdentity());
    await settle(alice, bob);
    expect(bob.refused).toEqual(['unopened']);
  });

  it('refuses its own box when it is thrown back', async () => {
    const { alice, bob } = await twoPeers();
    const box = await sendForged(bob, alice, {});
    await arrived(alice, 1);
    await alice.client.requests.send({ to: bob.identity.id, box, ttl: 10 }, 5_000);
    await settle(alice, bob);
    expect(bob.refused).toEqual(['misaddressed']);
  });

  it('refuses a message that names another sender or recipient inside', async () => {
    const { alice, bob } = await twoPeers();
    const { id } = await makeIdentity();
    await sendForged(alice, bob, { from: id });
    await sendForged(alice, bob, { to: id });
    await settle(alice, bob);
    expect(bob.refusals('misaddressed')).toBe(2);
    // One notice a minute is enough for the person.
    expect(bob.refused).toEqual(['misaddressed']);
  });

  it('refuses a counter that goes back and a message from long ago', async () => {
    const { alice, bob } = await twoPeers();
    const callId = newCall();
    await sendForged(alice, bob, { callId, seq: 5, body: { type: 'ringing' } });
    await sendForged(alice, bob, { callId, seq: 4, body: { type: 'cancel' } });
    await sendForged(alice, bob, { sentAt: Date.now() - 25 * 3_600_000 });
    await settle(alice, bob);
    expect(bob.refused).toEqual(['replayed', 'stale']);
    expect(bob.received.map(({ body }) => body.type)).toEqual(['ringing', 'busy']);
  });

  it('refuses what is no call message, and logs neither its content nor who it is for', async () => {
    const { alice, bob } = await twoPeers();
    await sendForged(alice, bob, { body: { type: 'surprise' } as unknown as CallBody });
    await alice.client.requests.send({ to: bob.identity.id, box: 'AAAA', ttl: 10 }, 5_000);
    await settle(alice, bob);
    expect(bob.refused).toEqual(['invalid', 'unopened']);
    const logged = JSON.stringify(bob.logs.filter(({ level }) => level !== 'debug'));
    expect(logged).toContain('PEER_MESSAGE_REFUSED');
    expect(logged).not.toContain('surprise');
    expect(logged).not.toContain(alice.identity.id);
  });
});

/** Answers by itself as the page of a person does who touches nothing; counts what the server refused. */
function answerAlone(peer: TestPeer): { refused: number } {
  const answers = { refused: 0 };
  const idle = initialMachine({ id: peer.identity.id, device: peer.identity.deviceId });
  peer.courier.on('message', (message) => {
    for (const effect of step(idle, { type: 'message', message }, Date.now()).effects) {
      if (effect.type === 'send') {
        void peer.courier.send(effect).then(({ ok }) => {
          answers.refused += ok ? 0 : 1;
        });
      }
    }
  });
  return answers;
}

describe('CallCourier and strangers who want to keep a person from calling', () => {
  it('gets an invite out while a crowd sends junk', async () => {
    const { alice, bob, url } = await twoPeers();
    const crowd: ProtocolClient[] = [];
    onTestFinished(() => crowd.forEach(({ socket }) => socket.terminate()));
    for (let round = 0; round < 5; round++) {
      const more = Array.from({ length: 50 }, async () => ProtocolClient.login(url));
      crowd.push(...(await Promise.all(more)));
    }
    const box = 'A'.repeat(100);
    crowd.forEach((client) => client.send({ type: 'send', ref: 'x', to: alice.identity.id, box, ttl: 0 }));
    await vi.waitUntil(() => alice.refusals('crowded') > 200, { timeout: 10_000, interval: 5 });
    const { id: to } = bob.identity;
    expect(await alice.courier.send({ to, callId: newCall(), body: invite })).toMatchObject({ ok: true });
  });

  it.each<CallBody>([{ type: 'accept', media: { video: true } }, invite])(
    'gets an invite out while strangers make it answer %j',
    async (body) => {
      const { alice, bob, url } = await twoPeers();
      const answers = answerAlone(alice);
      const strangers = await Promise.all([1, 2, 3].map(async () => makePeer({ url })));
      const { id: to } = alice.identity;
      for (const { client, reach } of strangers) {
        client.start();
        await reach('online');
      }
      // As fast as the victim opens them: what has to wait is dropped for another reason.
      let arriving = 0;
      for (let round = 0; round < 8; round++) {
        const flood = strangers.flatMap(({ courier }) =>
          Array.from({ length: 16 }, async () => courier.send({ to, callId: newCall(), body })),
        );
        arriving += (await Promise.all(flood)).filter(({ ok }) => ok).length;
      }
      const dealtWith = () => alice.received.length + alice.refusals('tooOften') + alice.refusals('tooMany');
      await vi.waitUntil(() => dealtWith() === arriving, { timeout: 10_000, interval: 5 });
      const sent = await alice.courier.send({ to: bob.identity.id, callId: newCall(), body: invite });
      expect(sent).toMatchObject({ ok: true });
      expect(answers.refused).toBe(0);
      expect(alice.states.map(({ phase }) => phase)).not.toContain('offline');
    },
  );
});
