import { z } from 'zod';
import { idLength, type PeerId } from '#shared/identity/peerId.ts';

/**
 * An id as it stands in the file. Its check character was looked at when it was written; to work it out again for
 * 5,000 contacts would take longer than to read them.
 */
export const idColumn = z.custom<PeerId>((value) => typeof value === 'string' && value.length === idLength);

/** SQLite has no booleans; the tables allow 0 and 1 only. */
export const flagColumn = z.int().transform((value) => value !== 0);
