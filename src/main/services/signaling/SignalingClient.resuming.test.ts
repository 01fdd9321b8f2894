import { describe, expect, it } from 'vitest';
import { admit, deliver, makeClient as setUp, token } from '#tests/support/main/clientWorld.ts';

describe('SignalingClient resuming its session', () => {
  it('resumes with its token and the last delivery it saw', async () => {
    const { identity, peer, clock, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    sockets.last.say(deliver(peer, 1));
    sockets.last.say(deliver(peer, 2));
    sockets.last.end({ kind: 'closed', code: 1006 });
    await clock.advance(500);
    sockets.last.open();
    expect(sockets.last.sentOf('hello')[0]?.resume).toEqual({ session: token, seq: 2 });
  });

  it('sends again under the same reference after a reconnect, and gets its receipt', async () => {
    const { identity, peer, clock, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    const sent = client.requests.send({ to: peer.id, box: 'AAAA', ttl: 30 }, 30_000);
    const [first] = sockets.last.sentOf('send');
    sockets.last.end({ kind: 'closed', code: 1006 });
    await clock.advance(500);
    admit(sockets.last, identity, { resumed: true });
    expect(sockets.last.sentOf('send')).toEqual([first]);
    sockets.last.say({ type: 'receipt', ref: first?.ref ?? '', devices: [peer.deviceId], stored: false });
    expect(await sent).toEqual({ ok: true, value: { devices: [peer.deviceId], stored: false } });
    client.wake();
    admit(sockets.last, identity, { resumed: true });
    expect(sockets.last.sentOf('send')).toEqual([]);
  });

  it('passes a delivery on once even when it comes again, and acknowledges it', async () => {
    const { identity, peer, clock, sockets, client } = await setUp();
    const seen: number[] = [];
    client.on('deliver', ({ seq }) => seen.push(seq));
    client.start();
    admit(sockets.last, identity);
    [1, 2, 2, 1, 3].forEach((seq) => sockets.last.say(deliver(peer, seq)));
    await clock.advance(100);
    expect(seen).toEqual([1, 2, 3]);
    expect(sockets.last.sentOf('ack')).toEqual([{ type: 'ack', seq: 3 }]);
  });

  it('counts from the beginning in a new session', async () => {
    const { identity, peer, clock, sockets, client } = await setUp();
    const seen: number[] = [];
    client.on('deliver', ({ seq }) => seen.push(seq));
    client.start();
    admit(sockets.last, identity);
    sockets.last.say(deliver(peer, 7));
    sockets.last.end({ kind: 'closed', code: 1006 });
    await clock.advance(500);
    admit(sockets.last, identity, { resumed: false });
    sockets.last.say(deliver(peer, 1));
    expect(seen).toEqual([7, 1]);
  });

  it('moves to another server with a session of its own', async () => {
    const { identity, sockets, client } = await setUp();
    client.start();
    admit(sockets.last, identity);
    client.setUrl('wss://other.example');
    admit(sockets.last, identity);
    expect(sockets.last.url).toBe('wss://other.example');
    expect(sockets.last.sentOf('hello')[0]).not.toHaveProperty('resume');
    expect(client.state).toMatchObject({ phase: 'online', url: 'wss://other.example' });
  });
});
