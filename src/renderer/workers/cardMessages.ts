import type { PeerId } from '#shared/identity/peerId.ts';
import type { CardFacts } from '../contacts/writeCard.ts';

/** A contact from a file, with its texts and its picture as the address book would keep them. */
export interface CardContact {
  readonly id: PeerId;
  readonly name: string | null;
  readonly note: string | null;
  readonly favourite: boolean | undefined;
  readonly picture: string | undefined;
}

/** Cards that gave no contact, by the reason. */
export interface CardCounts {
  /** All cards read so far. */
  readonly cards: number;
  readonly broken: number;
  readonly noId: number;
  readonly wrongId: number;
  /** Pictures that could not be read; their contacts are there without. */
  readonly pictures: number;
}

export type CardQuestion =
  | { readonly what: 'open'; readonly file: Blob }
  /** The next contacts of the open file. */
  | { readonly what: 'next' }
  | { readonly what: 'write'; readonly contacts: readonly CardFacts[] };

export interface CardBatch {
  readonly contacts: readonly CardContact[];
  readonly counts: CardCounts;
  /** The share of the file that has been read, 0 to 1. */
  readonly progress: number;
  readonly done: boolean;
}

export type CardAnswer = { readonly opened: true } | CardBatch | { readonly text: string };
