import { describe, expect, test } from 'vitest';
import { backplaneFailed, type BackplaneResult } from '#server/Backplane.ts';
import type { Book, BookChange } from '#server/Book.ts';
import { MemoryBackplane, MemoryHub } from '#server/MemoryBackplane.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { BookEntry } from '#shared/protocol/messages.ts';
import { startTestServer } from '#tests/support/startTestServer.ts';

type Write = 'book' | 'change';

/** Keeps books when the test says so, or fails to; like Redis it adds a change to what it has. */
class WaitingBackplane extends MemoryBackplane {
  readonly #waiting: { readonly write: Write; readonly keep: (keep: boolean) => void }[] = [];
  /** False: writes are kept at once. */
  waits = true;

  get writes(): readonly Write[] {
    return this.#waiting.map(({ write }) => write);
  }

  /** Answers a write that waits; the oldest is 0. */
  answer(index: number, keep: boolean): void {
    this.#waiting.splice(index, 1).forEach((waiting) => waiting.keep(keep));
  }

  override async putBook(id: PeerId, deviceId: DeviceId, book: Book): Promise<BackplaneResult<null>> {
    return (await this.#keeps('book')) ? super.putBook(id, deviceId, book) : backplaneFailed('as told');
  }

  override async changeBook(
    id: PeerId,
    deviceId: DeviceId,
    changes: readonly BookChange[],
  ): Promise<BackplaneResult<null>> {
    if (!(await this.#keeps('change'))) {
      return backplaneFailed('as told');
    }
    const book = await this.findBook(id, deviceId);
    return book.ok ? super.putBook(id, deviceId, book.value.with(changes)) : book;
  }

  async #keeps(write: Write): Promise<boolean> {
    return this.waits ? new Promise((keep) => this.#waiting.push({ write, keep })) : true;
  }
}

/** A callee at one node who sends changes without waiting for answers, and two whom it wants to refuse. */
async function setUp() {
  const hub = new MemoryHub();
  const backplane = new WaitingBackplane({ hub });
  const east = await startTestServer({ backplane });
  const west = await startTestServer({ backplane: new MemoryBackplane({ hub }) });
  const callee = await east.login();
  const [one, other] = [await west.login(), await west.login()];
  const nothing = (id: PeerId): BookEntry => ({ id, may: 'nothing' });
  const change = async (id: PeerId, client = callee) =>
    client.request({ type: 'book.change', entries: [nothing(id)] });
  const put = async (ids: readonly PeerId[], client = callee) =>
    client.request({ type: 'book.put', first: true, last: true, others: 'call', entries: ids.map(nothing) });
  const waiting = async (...writes: readonly Write[]) => expect.poll(() => backplane.writes).toEqual(writes);
  /** Whom the book refuses that the nodes have, so that it counts wherever the callee connects next. */
  const refused = async (): Promise<readonly PeerId[]> => {
    const book = await backplane.findBook(callee.id, callee.deviceId);
    return [one.id, other.id].filter((id) => !book.ok || !book.value.admits(id));
  };
  return { backplane, east, callee, one: one.id, other: other.id, change, put, waiting, refused };
}

describe('a change of a book that could not be kept', () => {
  test('is kept with the whole book, though a later change was kept meanwhile', async () => {
    const { backplane, one, other, change, put, waiting, refused } = await setUp();
    const answers = [change(one), change(other)];
    await waiting('change', 'change');
    backplane.answer(0, false);
    expect(await answers[0]).toBe('backplaneFailed');
    backplane.answer(0, true);
    expect(await answers[1]).toBe('done');
    expect(await refused()).toEqual([other]);

    backplane.waits = false;
    expect(await put([one, other])).toBe('done');
    expect(await refused()).toEqual([one, other]);
  });

  test('is kept with the next change', async () => {
    const { backplane, one, other, change, waiting, refused } = await setUp();
    const lost = change(one);
    await waiting('change');
    backplane.answer(0, false);
    expect(await lost).toBe('backplaneFailed');
    backplane.waits = false;
    expect(await change(other)).toBe('done');
    expect(await refused()).toEqual([one, other]);
  });

  test('is kept with the whole book, though a book of before it was kept meanwhile', async () => {
    const { backplane, one, other, change, put, waiting, refused } = await setUp();
    const answers = [put([one]), change(other)];
    await waiting('book', 'change');
    backplane.answer(1, false);
    expect(await answers[1]).toBe('backplaneFailed');
    backplane.answer(0, true);
    expect(await answers[0]).toBe('done');
    expect(await refused()).toEqual([one]);

    backplane.waits = false;
    expect(await put([one, other])).toBe('done');
    expect(await refused()).toEqual([one, other]);
  });
});

test('a whole book that was kept after a failure costs nothing when it comes again', async () => {
  const { backplane, one, change, put, waiting } = await setUp();
  const lost = change(one);
  await waiting('change');
  backplane.answer(0, false);
  await lost;
  const kept = put([one]);
  await waiting('book');
  backplane.answer(0, true);
  expect(await kept).toBe('done');
  expect(await put([one])).toBe('done');
  expect(backplane.writes).toEqual([]);
});

describe('a whole book that could not be kept', () => {
  test('is not taken for kept in the next session of the device', async () => {
    const { backplane, east, callee, one, put, waiting, refused } = await setUp();
    const lost = put([one]);
    await waiting('book');
    backplane.answer(0, false);
    expect(await lost).toBe('backplaneFailed');
    backplane.waits = false;
    const { identity, deviceId } = callee;
    const again = await east.login({ identity, deviceId });
    expect(again.ready.resumed).toBe(false);
    expect(await put([one], again)).toBe('done');
    expect(await refused()).toEqual([one]);
  });

  test('is not taken for kept when its last part is said again because the answer was lost', async () => {
    const { backplane, callee, waiting } = await setUp();
    const part = { type: 'book.put', others: 'nothing', entries: [] } as const;
    callee.send({ ...part, ref: 'a', first: true, last: false });
    callee.send({ ...part, ref: 'b', first: false, last: true });
    await waiting('book');
    backplane.answer(0, false);
    expect(await callee.next('error')).toMatchObject({ ref: 'b', code: 'backplaneFailed' });
    callee.send({ ...part, ref: 'b', first: false, last: true });
    expect(await callee.next('error')).toMatchObject({ ref: 'b', code: 'backplaneFailed' });
  });
});
