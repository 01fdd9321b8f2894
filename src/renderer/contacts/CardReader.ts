import { contactBounds } from '#shared/people/contacts.ts';
import type { CardBatch, CardContact, CardCounts } from '../workers/cardMessages.ts';
import { CardSplitter, type CardLines } from './CardSplitter.ts';
import { readCard, type CardPhoto } from './readCard.ts';

/** Largest vCard file, bytes: a full address book with pictures is smaller. */
export const cardFileBytes = 512 * 1024 * 1024;

/** Reads a vCard file piece by piece; whoever calls `next` decides how fast. */
export class CardReader {
  readonly #size: number;
  readonly #picture: (photo: CardPhoto) => Promise<string | undefined>;
  readonly #pieces: ReadableStreamDefaultReader<Uint8Array>;
  readonly #splitter = new CardSplitter();
  readonly #decoder = new TextDecoder();
  readonly #cards: CardLines[] = [];
  #read = 0;
  #ended = false;
  #counts = { cards: 0, broken: 0, noId: 0, wrongId: 0, pictures: 0 };

  constructor(
    file: Pick<Blob, 'size' | 'stream'>,
    /** Makes a contact picture of a photo; undefined: it cannot be used. */
    picture: (photo: CardPhoto) => Promise<string | undefined>,
  ) {
    this.#size = file.size;
    this.#picture = picture;
    this.#pieces = file.stream().getReader();
  }

  /** Up to as many contacts as one import command takes; fewer where the file has other cards in between. */
  async next(): Promise<CardBatch> {
    const contacts: CardContact[] = [];
    let looked = 0;
    while (contacts.length < contactBounds.importBatch && looked < contactBounds.importBatch * 4) {
      const card = this.#cards.shift();
      if (card !== undefined) {
        looked += 1;
        await this.#take(card, contacts);
      } else if (this.#ended) {
        break;
      } else {
        await this.#readOn();
      }
    }
    const done = this.#ended && this.#cards.length === 0;
    return {
      contacts,
      counts: this.#countsNow(),
      progress: done || this.#size === 0 ? 1 : this.#read / this.#size,
      done,
    };
  }

  async #readOn(): Promise<void> {
    const { value, done } = await this.#pieces.read();
    if (done) {
      this.#ended = true;
      this.#cards.push(...this.#splitter.push(this.#decoder.decode()), ...this.#splitter.finish());
      return;
    }
    this.#read += value.byteLength;
    for (const card of this.#splitter.push(this.#decoder.decode(value, { stream: true }))) {
      this.#cards.push(card);
    }
  }

  async #take(lines: CardLines, contacts: CardContact[]): Promise<void> {
    this.#counts.cards += 1;
    const card = readCard(lines);
    if (typeof card === 'string') {
      this.#counts[card] += 1;
      return;
    }
    const { photo, ...facts } = card;
    const picture = photo === null ? undefined : await this.#picture(photo);
    if (photo !== null && picture === undefined) {
      this.#counts.pictures += 1;
    }
    contacts.push({ ...facts, picture });
  }

  #countsNow(): CardCounts {
    const { broken } = this.#splitter;
    return { ...this.#counts, cards: this.#counts.cards + broken, broken: this.#counts.broken + broken };
  }
}
