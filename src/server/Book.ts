import { alphabet, checkCharacter, digitCount, digitValues, type PeerId } from '#shared/identity/peerId.ts';
import { bookRights, type BookEntry, type BookRight } from '#shared/protocol/messages.ts';

/** What an id may that the book does not name. */
export type OthersRight = 'call' | 'nothing';

/** An entry to put in, or with null to take out. */
export interface BookChange {
  readonly id: PeerId;
  readonly may: BookRight | null;
}

/** An id is 24 digits of 5 bits: four words of six digits. The last one has room for the right below them. */
const wordsPerEntry = 4;
const digitsPerWord = digitCount / wordsPerEntry;
const rightBits = 2;
const rightMask = (1 << rightBits) - 1;
/** Stands where a right would, in changes only. */
const removed = bookRights.length;

const noWords = new Uint32Array(0);
const sought = new Uint32Array(wordsPerEntry);

function pack(id: PeerId, right: number, words: Uint32Array, offset: number): void {
  for (let word = 0; word < wordsPerEntry; word++) {
    let bits = 0;
    for (let digit = word * digitsPerWord; digit < (word + 1) * digitsPerWord; digit++) {
      bits = (bits << 5) | (digitValues[id.charCodeAt(digit)] ?? 0);
    }
    words[offset + word] = word === wordsPerEntry - 1 ? (bits << rightBits) | right : bits;
  }
}

function unpack(words: Uint32Array, offset: number): PeerId {
  let digits = '';
  for (let word = 0; word < wordsPerEntry; word++) {
    const bits = (words[offset + word] ?? 0) >>> (word === wordsPerEntry - 1 ? rightBits : 0);
    for (let digit = digitsPerWord - 1; digit >= 0; digit--) {
      digits += alphabet.charAt((bits >>> (digit * 5)) & 31);
    }
  }
  return (digits + checkCharacter(digits)) as PeerId;
}

/** Order of two ids, whatever their rights. */
function compare(a: Uint32Array, atA: number, b: Uint32Array, atB: number): number {
  for (let word = 0; word < wordsPerEntry - 1; word++) {
    const difference = (a[atA + word] ?? 0) - (b[atB + word] ?? 0);
    if (difference !== 0) {
      return difference;
    }
  }
  const last = wordsPerEntry - 1;
  return ((a[atA + last] ?? 0) >>> rightBits) - ((b[atB + last] ?? 0) >>> rightBits);
}

const rightAt = (words: Uint32Array, offset: number): number =>
  (words[offset + wordsPerEntry - 1] ?? 0) & rightMask;

/** Packed and in order; of several for one id the last counts. */
function packChanges(changes: readonly BookChange[]): Uint32Array {
  const given = new Uint32Array(changes.length * wordsPerEntry);
  changes.forEach(({ id, may }, index) => {
    pack(id, may === null ? removed : bookRights.indexOf(may), given, index * wordsPerEntry);
  });
  const order = changes
    .map((_, index) => index * wordsPerEntry)
    .sort((a, b) => compare(given, a, given, b) || a - b);
  const packed = new Uint32Array(given.length);
  let length = 0;
  order.forEach((offset, index) => {
    const next = order[index + 1];
    if (next === undefined || compare(given, offset, given, next) !== 0) {
      packed.set(given.subarray(offset, offset + wordsPerEntry), length);
      length += wordsPerEntry;
    }
  });
  return packed.subarray(0, length);
}

/**
 * Who may reach one device. Never changes; a change makes another one. An entry takes 16 bytes outside the
 * JavaScript heap, because any client may bring thousands and everybody on its node pays for them.
 */
export class Book {
  /** The book of a device that never brought one: calls from everybody, presence for nobody. */
  static readonly empty = new Book('call', noWords);

  readonly others: OthersRight;
  readonly #words: Uint32Array;

  private constructor(others: OthersRight, words: Uint32Array) {
    this.others = others;
    this.#words = words;
  }

  static of(others: OthersRight, entries: readonly BookEntry[]): Book {
    return Book.empty.with(entries, others);
  }

  /** Ids that it names. */
  get size(): number {
    return this.#words.length / wordsPerEntry;
  }

  /** What `id` may, if it is named. */
  right(id: PeerId): BookRight | undefined {
    pack(id, 0, sought, 0);
    const words = this.#words;
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = compare(words, middle * wordsPerEntry, sought, 0);
      if (order === 0) {
        return bookRights[rightAt(words, middle * wordsPerEntry)];
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return undefined;
  }

  /** Whether anything at all of `id` gets through. */
  admits(id: PeerId): boolean {
    return (this.right(id) ?? this.others) !== 'nothing';
  }

  /** Whether `id` sees the presence of the device. */
  shows(id: PeerId): boolean {
    return this.right(id) === 'see';
  }

  /** Whether `id` is in the book as one who may call. */
  names(id: PeerId): boolean {
    const right = this.right(id);
    return right === 'see' || right === 'call';
  }

  /** Takes time in proportion to the size of the book. */
  with(changes: readonly BookChange[], others: OthersRight = this.others): Book {
    const [mine, news] = [this.#words, packChanges(changes)];
    const merged = new Uint32Array(mine.length + news.length);
    let [atMine, atNews, length] = [0, 0, 0];
    while (atMine < mine.length || atNews < news.length) {
      const order =
        atMine === mine.length ? 1 : atNews === news.length ? -1 : compare(mine, atMine, news, atNews);
      const [source, at] = order < 0 ? [mine, atMine] : [news, atNews];
      if (source === mine || rightAt(source, at) !== removed) {
        merged.set(source.subarray(at, at + wordsPerEntry), length);
        length += wordsPerEntry;
      }
      atMine += order <= 0 ? wordsPerEntry : 0;
      atNews += order >= 0 ? wordsPerEntry : 0;
    }
    if (length === 0) {
      return others === 'call' ? Book.empty : new Book(others, noWords);
    }
    return new Book(others, merged.slice(0, length));
  }

  /** In no particular order that anybody may rely on. */
  *entries(): Generator<BookEntry> {
    const words = this.#words;
    for (let offset = 0; offset < words.length; offset += wordsPerEntry) {
      const may = bookRights[rightAt(words, offset)];
      if (may !== undefined) {
        yield { id: unpack(words, offset), may };
      }
    }
  }

  /** Whether the other one says the same. */
  says(other: Book): boolean {
    return (
      this.others === other.others &&
      this.#words.length === other.#words.length &&
      this.#words.every((word, index) => word === other.#words[index])
    );
  }
}
