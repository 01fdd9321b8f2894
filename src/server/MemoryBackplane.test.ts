import { expect, test } from 'vitest';
import { testDeviceId, testIdentity } from '#tests/support/protocolClient.ts';
import { MemoryBackplane } from './MemoryBackplane.ts';

const flood = 100_000;

async function flooded(prepare: (backplane: MemoryBackplane) => Promise<unknown>): Promise<MemoryBackplane> {
  const backplane = new MemoryBackplane();
  await backplane.start({ message: () => undefined, lost: () => undefined });
  await prepare(backplane);
  const { id } = testIdentity();
  for (let index = 0; index < flood; index++) {
    await backplane.rememberKey(`${id}${index}` as typeof id, 'key');
  }
  return backplane;
}

test('a flood of new keys drives out the key of an id that is away', async () => {
  const { id, publicKey } = testIdentity();
  const backplane = await flooded(async (fresh) => fresh.rememberKey(id, publicKey));
  expect(await backplane.findKey(id)).toEqual({ ok: true, value: undefined });
});

test('a flood of new keys does not drive out the key of an id that is connected', async () => {
  const { id, publicKey } = testIdentity();
  const backplane = await flooded(async (fresh) => {
    await fresh.register(id, testDeviceId(), 1);
    await fresh.rememberKey(id, publicKey);
  });
  expect(await backplane.findKey(id)).toEqual({ ok: true, value: publicKey });
});
