import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallEnvelope } from '#shared/call/messages.ts';
import { callIdSchema } from '#shared/identity/ids.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { Sealer } from './Sealer.ts';

async function setUp() {
  const [alice, bob, eve] = [await makeIdentity(), await makeIdentity(), await makeIdentity()];
  const envelope: CallEnvelope = {
    v: 1,
    from: alice.id,
    to: bob.id,
    callId: callIdSchema.parse('A'.repeat(22)),
    seq: 1,
    sentAt: 0,
    body: { type: 'ringing' },
  };
  const sealed = new Sealer(alice).seal(envelope, bob.keys.publicKey);
  if (!sealed.ok) {
    throw new Error(sealed.error.message);
  }
  return { alice, bob, eve, envelope, box: sealed.value };
}

describe('Sealer', () => {
  it('opens what was sealed for it', async () => {
    const { alice, bob, envelope, box } = await setUp();
    expect(new Sealer(bob).open(box, alice.keys.publicKey)).toEqual({ ok: true, value: envelope });
  });

  it('hides everything of the message', async () => {
    const { box } = await setUp();
    expect(Buffer.from(box, 'base64url').toString('latin1')).not.toMatch(/ringing|callId|AAAA/);
  });

  it('makes a different box each time', async () => {
    const { alice, bob, envelope, box } = await setUp();
    expect(new Sealer(alice).seal(envelope, bob.keys.publicKey)).not.toEqual({ ok: true, value: box });
  });

  it('does not open a box sealed for somebody else, or claimed by somebody else', async () => {
    const { alice, bob, eve, box } = await setUp();
    expect(new Sealer(eve).open(box, alice.keys.publicKey)).toMatchObject({ error: { code: 'unopened' } });
    expect(new Sealer(bob).open(box, eve.keys.publicKey)).toMatchObject({ error: { code: 'unopened' } });
  });

  it('does not open a box with any bit changed', async () => {
    const { alice, bob, box } = await setUp();
    const bytes = Buffer.from(box, 'base64url');
    const sealer = new Sealer(bob);
    fc.assert(
      fc.property(fc.nat(bytes.byteLength * 8 - 1), (bit) => {
        const changed = Buffer.from(bytes);
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        const opened = sealer.open(changed.toString('base64url'), alice.keys.publicKey);
        expect(opened).toMatchObject({ error: { code: 'unopened' } });
      }),
    );
  });

  it('never throws, whatever the box and the key', async () => {
    const { bob } = await setUp();
    const sealer = new Sealer(bob);
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(fc.string(), key, (box, sender) => {
        expect(sealer.open(box, sender).ok).toBe(false);
      }),
    );
  });

  it('says when what is inside is no call message', async () => {
    const { alice, bob, envelope } = await setUp();
    // A peer that speaks another version of the protocol.
    const strange = { ...envelope, v: 2 } as unknown as CallEnvelope;
    const box = new Sealer(alice).seal(strange, bob.keys.publicKey);
    expect(box.ok && new Sealer(bob).open(box.value, alice.keys.publicKey)).toMatchObject({
      error: { code: 'invalid' },
    });
  });

  it('fails for a key that is no point of the curve, and for a message that fits no frame', async () => {
    const { alice, bob, envelope } = await setUp();
    const sealer = new Sealer(alice);
    expect(sealer.seal(envelope, new Uint8Array(32))).toMatchObject({ error: { code: 'SEAL_FAILED' } });
    const huge: CallEnvelope = {
      ...envelope,
      body: {
        type: 'description',
        generation: 0,
        description: { type: 'offer', sdp: '\u0001'.repeat(32_000) },
      },
    };
    expect(sealer.seal(huge, bob.keys.publicKey)).toMatchObject({ error: { code: 'SEAL_FAILED' } });
  });
});
