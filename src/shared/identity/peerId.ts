import { z } from 'zod';
import { err, ok, type Result } from '../result.ts';

/**
 * A peer id in canonical form: 24 Crockford base32 digits (the first 120 bits of SHA-256 over the Ed25519
 * public key) and one check character, without dashes, upper case.
 */
export type PeerId = string & { readonly __brand: 'PeerId' };

/** Crockford base32: no I, L, O, U. */
export const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export const digitCount = 24;
export const idLength = digitCount + 1;
const groupLength = 5;
const bitsPerDigit = 5;

export type PeerIdProblem =
  | { readonly code: 'PEER_ID_EMPTY' }
  /** `found` characters instead of 25. */
  | { readonly code: 'PEER_ID_LENGTH'; readonly found: number }
  /** A character that no id contains; `group` counts from 1 to 5. */
  | { readonly code: 'PEER_ID_CHARACTER'; readonly character: string; readonly group: number }
  /** Right form, but some character was mistyped or two were swapped. */
  | { readonly code: 'PEER_ID_CHECK' };

/** What a digit of the alphabet stands for, by its character code. */
export const digitValues = new Uint8Array(128);
for (let value = 0; value < alphabet.length; value++) {
  digitValues[alphabet.charCodeAt(value)] = value;
}

/**
 * The check character: ISO 7064 hybrid system MOD (M+1, M) with M = 32 over the Crockford alphabet (the
 * standard's MOD 37,36 restricted to our alphabet). Finds every single wrong character and all but a few
 * swaps of neighbours.
 */
export function checkCharacter(digits: string): string {
  const modulus = alphabet.length;
  let product = modulus;
  // By character code: a server looks at every id of every book, and searching the alphabet takes five times as long.
  for (let index = 0; index < digits.length; index++) {
    const sum = (product + (digitValues[digits.charCodeAt(index)] ?? 0)) % modulus;
    product = ((sum === 0 ? modulus : sum) * 2) % (modulus + 1);
  }
  return alphabet.charAt((modulus + 1 - product) % modulus);
}

/** The id that belongs to a key, from the SHA-256 digest (at least 15 bytes of it) of its 32 bytes. */
export function peerIdFromDigest(sha256: Uint8Array): PeerId {
  let digits = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of sha256) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= bitsPerDigit && digits.length < digitCount) {
      bits -= bitsPerDigit;
      digits += alphabet.charAt((buffer >> bits) & 31);
    }
    buffer &= (1 << bits) - 1;
  }
  if (digits.length < digitCount) {
    throw new RangeError('a peer id needs at least 15 bytes of digest');
  }
  return (digits + checkCharacter(digits)) as PeerId;
}

const linkPrefix = /^peerline:(?:\/\/)?/i;

/** The id part of a link, without query or fragment; text that is no link comes back unchanged. */
function withoutLink(text: string): string {
  return linkPrefix.test(text) ? (text.replace(linkPrefix, '').split(/[?#/]/, 1)[0] ?? '') : text;
}

/** Forgives what people and mail programs do to ids: case, spaces, any dash, O for 0, I and L for 1. */
function normalise(text: string): string {
  return withoutLink(text.trim())
    .normalize('NFKC')
    .replace(/[\s\p{Pd}\p{Cf}_.]/gu, '')
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
}

/** Reads an id as a person types or pastes it. */
export function parsePeerId(text: string): Result<PeerId, PeerIdProblem> {
  const characters = normalise(text.slice(0, 512));
  if (characters.length === 0) {
    return err({ code: 'PEER_ID_EMPTY' });
  }
  const points = Array.from(characters);
  const stray = points.findIndex((point) => !alphabet.includes(point));
  if (stray !== -1) {
    const group = Math.min(5, Math.floor(stray / groupLength) + 1);
    return err({ code: 'PEER_ID_CHARACTER', character: points[stray] ?? '', group });
  }
  if (characters.length !== idLength) {
    return err({ code: 'PEER_ID_LENGTH', found: characters.length });
  }
  if (checkCharacter(characters.slice(0, digitCount)) !== characters.charAt(digitCount)) {
    return err({ code: 'PEER_ID_CHECK' });
  }
  return ok(characters as PeerId);
}

/** Begins and ends with a word, so that neither words around it nor further characters are cut into an id. */
const candidateInText = /(?<![0-9A-Za-z])(?:[0-9A-Za-z][ \-\u2010-\u2015]?){25}(?![0-9A-Za-z])/g;

/** The first valid id inside a longer text (a pasted mail, a link with a query), if there is one. */
export function findPeerId(text: string): PeerId | undefined {
  const bounded = text.slice(0, 10_000);
  const whole = parsePeerId(bounded);
  if (whole.ok) {
    return whole.value;
  }
  for (const word of bounded.split(/[\s<>"'(),;]+/)) {
    const parsed = parsePeerId(word);
    if (parsed.ok) {
      return parsed.value;
    }
  }
  for (const match of bounded.matchAll(candidateInText)) {
    const parsed = parsePeerId(match[0]);
    if (parsed.ok) {
      return parsed.value;
    }
  }
  return undefined;
}

/** `4F7KQ-2M9XA-...`: five groups of five. */
export const formatPeerId = (id: PeerId): string => id.match(/.{5}/g)?.join('-') ?? id;

/** `peerline:4F7KQ-2M9XA-...`, what "copy link" puts on the clipboard. */
export const peerLink = (id: PeerId): string => `peerline:${formatPeerId(id)}`;

const canonicalForm = new RegExp(`^[${alphabet}]{${idLength}}$`);

/** Accepts the canonical form only: what crosses a boundary between programs was written by a program. */
export const peerIdSchema = z.custom<PeerId>(
  (value) =>
    typeof value === 'string' &&
    canonicalForm.test(value) &&
    checkCharacter(value.slice(0, digitCount)) === value.charAt(digitCount),
  'not a peer id',
);
