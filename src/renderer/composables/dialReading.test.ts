import { describe, expect, it } from 'vitest';
import { formatPeerId, peerLink } from '#shared/identity/peerId.ts';
import { formatPeerLink } from '#shared/people/links.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { readDialText, singleSlip } from './dialReading.ts';

const self = personId(0);
const known = personId(1);
const stranger = personId(2);
const read = (text: string) => readDialText(text, { self, known: [known] });
const written = formatPeerId(known);

describe('the dial field', () => {
  it.each([
    ['an id in groups', formatPeerId(stranger)],
    ['an id in lower case without dashes', stranger.toLowerCase()],
    ['a link', peerLink(stranger)],
    ['a text with an id in it', `Hi, call me at ${formatPeerId(stranger)}, any time after six o'clock`],
    ['an id in a text, with spaces', `My id is ${formatPeerId(stranger).replaceAll('-', ' ')} at home`],
  ])('understands %s', (_what, text) => {
    expect(read(text)).toEqual({ kind: 'id', id: stranger, known: false, server: null });
  });

  it('understands the server of a link', () => {
    const link = formatPeerLink({ id: stranger, server: 'wss://signal.example.org' });
    expect(read(`call me: ${link}.`)).toMatchObject({ id: stranger, server: 'wss://signal.example.org' });
  });

  it('does not take the id of a link whose server cannot be used', () => {
    expect(read(`${peerLink(stranger)}?server=https://example.org`)).toEqual({ kind: 'wrongServer' });
  });

  it('knows whom it called before', () => {
    expect(read(written)).toMatchObject({ kind: 'id', id: known, known: true });
  });

  it('knows the own id', () => {
    expect(read(self)).toEqual({ kind: 'self' });
  });

  it.each(['', '   ', '---'])('takes %j for empty', (text) => {
    expect(read(text)).toEqual({ kind: 'empty' });
  });

  it('counts the characters of an unfinished id', () => {
    expect(read('4F7KQ-2M9')).toEqual({ kind: 'partial', found: 8 });
  });

  it('says that there are too many characters', () => {
    expect(read(`${stranger}77`)).toMatchObject({ kind: 'tooLong', found: 27 });
  });

  it('names the group with a character that no id contains', () => {
    expect(read('4F7KQ-2M9XU')).toEqual({ kind: 'character', character: 'U', group: 2 });
  });

  it('finds a wrong check character', () => {
    const wrong = stranger.slice(0, -1) + (stranger.endsWith('7') ? '8' : '7');
    expect(read(wrong)).toEqual({ kind: 'check' });
  });

  it.each([0, 7, 12, 18, 24])('names the group when a known id has a wrong character at %i', (at) => {
    const wrong = known.slice(0, at) + (known.charAt(at) === '7' ? '8' : '7') + known.slice(at + 1);
    expect(read(wrong)).toEqual({ kind: 'nearKnown', group: Math.floor(at / 5) + 1, meant: known });
  });

  it('names the group when a character of a known id is missing, extra or swapped', () => {
    const swapped = known.slice(0, 11) + known.charAt(12) + known.charAt(11) + known.slice(13);
    expect(known.charAt(11)).not.toBe(known.charAt(12));
    expect(read(swapped)).toMatchObject({ kind: 'nearKnown', group: 3 });
    expect(read(known.slice(0, 6) + known.slice(7))).toMatchObject({ kind: 'nearKnown', group: 2 });
    expect(read(`${known.slice(0, 16)}7${known.slice(16)}`)).toMatchObject({
      kind: 'nearKnown',
      meant: known,
    });
  });

  it('finds nothing wrong with a known id while its last character is missing', () => {
    expect(read(known.slice(0, -1))).toEqual({ kind: 'partial', found: 24 });
  });

  it('says that a longer text holds no id', () => {
    expect(read('There is certainly nothing in this sentence that anybody could call.')).toEqual({
      kind: 'noIdInText',
    });
  });
});

describe('one slip', () => {
  it.each([
    ['ABCDE', 'ABCDE', undefined],
    ['ABXDE', 'ABCDE', 2],
    ['ABDCE', 'ABCDE', 2],
    ['ABDE', 'ABCDE', 2],
    ['ABXCDE', 'ABCDE', 2],
    ['XBCDX', 'ABCDE', undefined],
    ['', 'ABCDE', undefined],
  ])('%j against %j is at %j', (typed, meant, at) => {
    expect(singleSlip(typed, meant)).toBe(at);
  });
});
