import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { Book } from './Book.ts';

/** Entries in all; at 16 bytes each 32 MB. */
const defaultMaxEntries = 2_000_000;

/** Books of one id. */
const maxDevices = 64;

/** What a book takes besides its entries, in entries: two objects, an id, and places in two maps. */
const overhead = 20;

const none: ReadonlyMap<DeviceId, Book> = new Map();

/** The books of devices that are away. When they become too many, those of ids that were away longest go first. */
export class KeptBooks {
  readonly #maxEntries: number;
  readonly #byId = new Map<PeerId, Map<DeviceId, Book>>();
  #entries = 0;

  constructor(options: { readonly maxEntries?: number } = {}) {
    this.#maxEntries = options.maxEntries ?? defaultMaxEntries;
  }

  of(id: PeerId): ReadonlyMap<DeviceId, Book> {
    return this.#byId.get(id) ?? none;
  }

  /** Takes the book out; from now on it is the caller's to keep. */
  take(id: PeerId, deviceId: DeviceId): Book | undefined {
    const book = this.#byId.get(id)?.get(deviceId);
    this.#delete(id, deviceId);
    return book;
  }

  keep(id: PeerId, deviceId: DeviceId, book: Book): void {
    this.#delete(id, deviceId);
    if (book.says(Book.empty)) {
      return;
    }
    const books = this.#byId.get(id) ?? new Map<DeviceId, Book>();
    this.#byId.delete(id);
    this.#byId.set(id, books.set(deviceId, book));
    this.#entries += book.size + overhead;
    if (books.size > maxDevices) {
      this.#deleteOldest(id, books);
    }
    for (const [oldest, of] of this.#byId) {
      while (this.#entries > this.#maxEntries && of.size > 0) {
        this.#deleteOldest(oldest, of);
      }
      if (this.#entries <= this.#maxEntries) {
        break;
      }
    }
  }

  #deleteOldest(id: PeerId, books: ReadonlyMap<DeviceId, Book>): void {
    for (const deviceId of books.keys()) {
      this.#delete(id, deviceId);
      return;
    }
  }

  #delete(id: PeerId, deviceId: DeviceId): void {
    const books = this.#byId.get(id);
    const book = books?.get(deviceId);
    if (books === undefined || book === undefined) {
      return;
    }
    books.delete(deviceId);
    this.#entries -= book.size + overhead;
    if (books.size === 0) {
      this.#byId.delete(id);
    }
  }
}
