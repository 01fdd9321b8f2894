import { describe, expect, it } from 'vitest';
import type { PeerId } from '#shared/identity/peerId.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { toBase64url } from '../identity/keys.ts';
import { cacheLimit, KeyDirectory } from './KeyDirectory.ts';

function setUp(answer: (id: PeerId) => Result<string | null>) {
  const asked: PeerId[] = [];
  const directory = new KeyDirectory({
    request: async (id) => {
      asked.push(id);
      return Promise.resolve(answer(id));
    },
    logger: testLogger().logger,
  });
  return { directory, asked };
}

describe('KeyDirectory', () => {
  it('asks once, also when two want the same key at the same time', async () => {
    const { id, keys } = await makeIdentity();
    const { directory, asked } = setUp(() => ok(toBase64url(keys.publicKey)));
    const both = await Promise.all([directory.get(id), directory.get(id)]);
    expect(both).toEqual([ok(keys.publicKey), ok(keys.publicKey)]);
    await directory.get(id);
    expect(asked).toEqual([id]);
  });

  it('refuses a key that does not hash to the id, and asks again the next time', async () => {
    const { id } = await makeIdentity();
    const { keys } = await makeIdentity();
    const { directory, asked } = setUp(() => ok(toBase64url(keys.publicKey)));
    expect(await directory.get(id)).toMatchObject({ ok: false, error: { code: 'PEER_KEY_MISMATCH' } });
    await directory.get(id);
    expect(asked).toHaveLength(2);
  });

  it('tells an unknown id from a server that does not answer', async () => {
    const { id } = await makeIdentity();
    const unknown = setUp(() => ok(null));
    expect(await unknown.directory.get(id)).toMatchObject({ ok: false, error: { code: 'PEER_UNKNOWN' } });
    const silent = setUp(() => fail('SIGNALING_TIMEOUT', ''));
    expect(await silent.directory.get(id)).toMatchObject({ ok: false, error: { code: 'SIGNALING_TIMEOUT' } });
  });

  it('forgets the keys that were unused for longest', async () => {
    const people = new Map<PeerId, string>();
    for (let index = 0; index <= cacheLimit; index++) {
      const { id, keys } = await makeIdentity();
      people.set(id, toBase64url(keys.publicKey));
    }
    const { directory, asked } = setUp((id) => ok(people.get(id) ?? null));
    const [first, second] = [...people.keys()];
    if (first === undefined || second === undefined) {
      throw new Error('nobody');
    }
    for (const id of people.keys()) {
      await directory.get(id);
      await directory.get(first);
    }
    asked.length = 0;
    await directory.get(first);
    await directory.get(second);
    expect(asked).toEqual([second]);
  });
});
