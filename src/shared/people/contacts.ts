import { z } from 'zod';
import { peerIdSchema } from '../identity/peerId.ts';
import { lineSchema, linesSchema } from './text.ts';

/** Bounds of the address book. Lengths in UTF-16 units. */
export const contactBounds = {
  name: 200,
  note: 2_000,
  contacts: 5_000,
  blocked: 1_000,
  /** Contacts of one import command; a larger file is several commands. */
  importBatch: 250,
  /** A stored picture as a data URL: 256 pixels square as JPEG or WebP are a fraction of it. */
  pictureChars: 100_000,
  /** Width and height of a stored picture, pixels. */
  pictureSize: 256,
} as const;

/** `data:image/jpeg;base64,...` or WebP; the bytes are checked in main. */
export const pictureSchema = z
  .string()
  .max(contactBounds.pictureChars)
  .regex(/^data:image\/(?:jpeg|webp);base64,[A-Za-z0-9+/]+={0,2}$/);

/** What the person writes about a contact. */
export const contactDraftSchema = z.object({
  id: peerIdSchema,
  name: lineSchema(contactBounds.name).pipe(z.string().min(1)),
  note: linesSchema(contactBounds.note),
  favourite: z.boolean(),
  /** Whether the contact is shown when this computer is online. */
  seesPresence: z.boolean(),
});
export type ContactDraft = z.infer<typeof contactDraftSchema>;

/** A contact as kept; times in milliseconds since the epoch. */
export interface Contact extends ContactDraft {
  /** Changes with the picture; null: none. Ask `contactPicture` for the picture itself. */
  readonly picture: string | null;
  readonly addedAt: number;
}
