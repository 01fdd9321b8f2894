import { expect, test } from 'vitest';
import { testDeviceId, testIdentity } from '#tests/support/protocolClient.ts';
import { Book } from './Book.ts';
import { KeptBooks } from './KeptBooks.ts';

const someone = () => testIdentity().id;
const book = (size: number) =>
  Book.of(
    'nothing',
    Array.from({ length: size }, () => ({ id: someone(), may: 'see' as const })),
  );

test('a book is there until it is taken', () => {
  const kept = new KeptBooks();
  const [id, device, mine] = [someone(), testDeviceId(), book(3)];
  kept.keep(id, device, mine);
  expect(kept.of(id).get(device)).toBe(mine);
  expect(kept.take(id, device)).toBe(mine);
  expect(kept.take(id, device)).toBeUndefined();
  expect(kept.of(id).size).toBe(0);
});

test('a book that says what no book says is not kept', () => {
  const kept = new KeptBooks();
  const [id, device] = [someone(), testDeviceId()];
  kept.keep(id, device, Book.of('nothing', []));
  expect(kept.of(id).size).toBe(1);
  kept.keep(id, device, Book.empty);
  expect(kept.of(id).size).toBe(0);
});

test('when there are too many, those of the id that was away longest go', () => {
  const kept = new KeptBooks({ maxEntries: 100 });
  const ids = [someone(), someone(), someone()] as const;
  const device = testDeviceId();
  for (const id of ids) {
    kept.keep(id, device, book(10));
  }
  expect(ids.map((id) => kept.of(id).size)).toEqual([1, 1, 1]);
  kept.keep(ids[0], device, book(10));
  kept.keep(someone(), device, book(10));
  expect(ids.map((id) => kept.of(id).size)).toEqual([1, 0, 1]);
});

test('one that is larger than all that may be kept is not kept, and takes none of the later ones with it', () => {
  const kept = new KeptBooks({ maxEntries: 100 });
  const [first, second, device] = [someone(), someone(), testDeviceId()];
  kept.keep(first, device, book(200));
  kept.keep(second, device, book(10));
  expect([kept.of(first).size, kept.of(second).size]).toEqual([0, 1]);
});

test('of the devices of one id the first go when they become many', () => {
  const kept = new KeptBooks();
  const id = someone();
  const devices = Array.from({ length: 70 }, testDeviceId);
  for (const device of devices) {
    kept.keep(id, device, book(1));
  }
  expect([...kept.of(id).keys()]).toEqual(devices.slice(6));
});
