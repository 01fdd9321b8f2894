import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alphabet,
  checkCharacter,
  digitCount,
  findPeerId,
  formatPeerId,
  parsePeerId,
  peerIdFromDigest,
  peerIdSchema,
  peerLink,
} from './peerId.ts';

const digest = (text: string) => createHash('sha256').update(text).digest();
const id = peerIdFromDigest(digest('a public key'));
const digits = fc.array(fc.constantFrom(...Array.from(alphabet)), {
  minLength: digitCount,
  maxLength: digitCount,
});

describe('the peer id of a key', () => {
  it('is the first 120 bits of the digest and a check character', () => {
    const bits = [...digest('a public key').subarray(0, 15)]
      .map((byte) => byte.toString(2).padStart(8, '0'))
      .join('');
    const expected = (bits.match(/.{5}/g) ?? []).map((five) => alphabet[parseInt(five, 2)]).join('');
    expect(id).toBe(expected + checkCharacter(expected));
  });

  it('needs 15 bytes of digest', () => {
    expect(() => peerIdFromDigest(new Uint8Array(14))).toThrow(RangeError);
  });

  it('matches the worked example in docs/protocol.md', () => {
    expect(formatPeerId(peerIdFromDigest(createHash('sha256').update(Buffer.alloc(32)).digest()))).toBe(
      'CSM7N-BFRCA-YQEV4-FR65R-X7WE1',
    );
  });
});

describe('the check character', () => {
  it('finds every single wrong character', () => {
    fc.assert(
      fc.property(digits, fc.nat(digitCount - 1), fc.nat(alphabet.length - 1), (typed, position, other) => {
        const right = typed.join('');
        const wrong = right.slice(0, position) + alphabet.charAt(other) + right.slice(position + 1);
        fc.pre(wrong !== right);
        return checkCharacter(wrong) !== checkCharacter(right);
      }),
      { numRuns: 5_000 },
    );
  });

  it('finds nearly every swap of neighbours', () => {
    let swaps = 0;
    let missed = 0;
    for (const seed of Array(300).keys()) {
      const right = peerIdFromDigest(digest(String(seed))).slice(0, digitCount);
      for (let at = 0; at < digitCount - 1; at += 1) {
        const wrong = right.slice(0, at) + right.charAt(at + 1) + right.charAt(at) + right.slice(at + 2);
        if (wrong !== right) {
          swaps += 1;
          missed += checkCharacter(wrong) === checkCharacter(right) ? 1 : 0;
        }
      }
    }
    expect(missed / swaps).toBeLessThan(0.01);
  });
});

describe('reading an id', () => {
  it.each([
    ['as shown', formatPeerId(id)],
    ['without dashes', id],
    ['in lower case', id.toLowerCase()],
    ['with spaces and long dashes', (id.match(/.{5}/g) ?? []).join(' – ')],
    ['with O for 0, I and l for 1', formatPeerId(id).replace(/0/g, 'O').replace(/1/g, 'l')],
    ['as a link', peerLink(id)],
    ['as a link with slashes and a query', `PEERLINE://${formatPeerId(id)}?server=wss://example.org`],
    [
      'in full-width characters',
      id.replace(/[0-9A-Z]/g, (c) => String.fromCodePoint(c.charCodeAt(0) + 0xfee0)),
    ],
    ['with invisible characters around', `\u200b${formatPeerId(id)}\ufeff\n`],
  ])('accepts it %s', (_how, text) => {
    expect(parsePeerId(text)).toEqual({ ok: true, value: id });
  });

  it('says when there is nothing', () => {
    expect(parsePeerId(' - ')).toEqual({ ok: false, error: { code: 'PEER_ID_EMPTY' } });
  });

  it('says how many characters were found', () => {
    expect(parsePeerId(id.slice(0, 20))).toEqual({ ok: false, error: { code: 'PEER_ID_LENGTH', found: 20 } });
  });

  it('names the group with a character that no id contains', () => {
    const text = formatPeerId(id).replace(/.(?=.{12}$)/, 'U');
    expect(parsePeerId(text)).toEqual({
      ok: false,
      error: { code: 'PEER_ID_CHARACTER', character: 'U', group: 3 },
    });
  });

  it('refuses a wrong check character', () => {
    const last = alphabet.charAt((alphabet.indexOf(id.charAt(24)) + 1) % alphabet.length);
    expect(parsePeerId(id.slice(0, 24) + last)).toEqual({ ok: false, error: { code: 'PEER_ID_CHECK' } });
  });

  it('never throws and only ever yields canonical ids', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
        const parsed = parsePeerId(text);
        return !parsed.ok || peerIdSchema.safeParse(parsed.value).success;
      }),
      { numRuns: 2_000 },
    );
  });

  it('finds an id inside a sentence', () => {
    expect(findPeerId(`Call me: ${formatPeerId(id)}, any time.`)).toBe(id);
    expect(findPeerId(`my id is\n${(id.match(/.{5}/g) ?? []).join(' ')} bye`)).toBe(id);
    expect(findPeerId('nothing to see here')).toBeUndefined();
  });
});

describe('the schema for programs', () => {
  it('accepts the canonical form only', () => {
    expect(peerIdSchema.safeParse(id).success).toBe(true);
    for (const other of [formatPeerId(id), id.toLowerCase(), `${id} `, 25, null]) {
      expect(peerIdSchema.safeParse(other).success).toBe(false);
    }
  });
});
