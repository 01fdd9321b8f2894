import decodeQR from 'qr/decode.js';
import { findPeerId, parsePeerId, type PeerId } from '#shared/identity/peerId.ts';
import { cleanLine } from '#shared/people/text.ts';

/** RGBA pixels, as a canvas gives them. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** The text of a QR code in a picture; undefined: there is none that can be read. `timeLimit` in milliseconds. */
export function qrText(pixels: Pixels, timeLimit: number): string | undefined {
  try {
    // An ImageData has no properties of its own, so that spreading it would give nothing.
    const { width, height, data } = pixels;
    return decodeQR({ width, height, data }, { effort: Infinity, timeLimit });
  } catch {
    // The decoder throws for every picture without a code.
    return undefined;
  }
}

/** What a QR code is about. `text` is cleaned and cut: it is somebody else's and shown in a sentence of ours. */
export type QrMeaning =
  | { readonly kind: 'id'; readonly id: PeerId }
  /** A Peerline link or an id in which something is wrong. */
  | { readonly kind: 'wrongId' }
  | { readonly kind: 'other'; readonly text: string };

const shownChars = 80;

export function meaningOfQr(text: string): QrMeaning {
  const id = findPeerId(text);
  if (id !== undefined) {
    return { kind: 'id', id };
  }
  const parsed = parsePeerId(text);
  const nearly = /^\s*peerline:/i.test(text) || (!parsed.ok && parsed.error.code === 'PEER_ID_CHECK');
  return nearly ? { kind: 'wrongId' } : { kind: 'other', text: cleanLine(text, shownChars) };
}
