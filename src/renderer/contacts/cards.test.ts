import fc from 'fast-check';
import { parse } from 'vcard4';
import { describe, expect, it } from 'vitest';
import { formatPeerId, peerLink } from '#shared/identity/peerId.ts';
import { contactBounds } from '#shared/people/contacts.ts';
import { cleanLine, cleanLines } from '#shared/people/text.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { CardReader } from './CardReader.ts';
import { cardChars, CardSplitter } from './CardSplitter.ts';
import { readCard } from './readCard.ts';
import { writeCard, type CardFacts } from './writeCard.ts';

const id = personId(1);
const card = (...lines: readonly string[]) =>
  ['BEGIN:VCARD', 'VERSION:4.0', ...lines, 'END:VCARD', ''].join('\r\n');
const impp = `IMPP:${peerLink(id)}`;

function cardsOf(text: string): readonly (readonly string[])[] {
  const splitter = new CardSplitter();
  return [...splitter.push(text), ...splitter.finish()];
}
const read = (text: string) => cardsOf(text).map(readCard);

async function readFile(
  text: string,
  picture = async (): Promise<string | undefined> => Promise.resolve('url'),
) {
  const reader = new CardReader(new Blob([text]), picture);
  const contacts = [];
  for (;;) {
    const batch = await reader.next();
    contacts.push(...batch.contacts);
    expect(batch.contacts.length).toBeLessThanOrEqual(contactBounds.importBatch);
    if (batch.done) {
      return { contacts, counts: batch.counts, progress: batch.progress };
    }
  }
}

describe('a card', () => {
  const line = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
    .map((text) => cleanLine(text, contactBounds.name))
    .filter((text) => text !== '');
  const note = fc
    .string({ unit: 'grapheme', maxLength: 600 })
    .map((text) => cleanLines(text, contactBounds.note));
  const facts: fc.Arbitrary<CardFacts> = fc.record({
    id: fc.nat({ max: 10_000 }).map(personId),
    name: line,
    note,
    favourite: fc.boolean(),
    picture: fc.option(
      fc
        .uint8Array({ minLength: 1, maxLength: 900 })
        .map((bytes) => `data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}`),
    ),
  });

  it('that was written is read back as it was', () => {
    fc.assert(
      fc.property(facts, (written) => {
        const [back] = read(writeCard(written));
        expect(back).toEqual({
          id: written.id,
          name: written.name,
          note: written.note === '' ? null : written.note,
          favourite: written.favourite ? true : undefined,
          photo:
            written.picture === null
              ? null
              : { mediaType: 'image/jpeg', base64: written.picture.split(',')[1] },
        });
      }),
    );
  });

  it('that was written is vCard 4 for another reader', () => {
    const text = writeCard({
      id,
      name: 'Büro; "Nord", 2\\3',
      note: 'line one\nline two',
      favourite: true,
      picture: null,
    });
    const parsed = [parse(text)].flat()[0];
    expect(parsed?.getProperty('FN')[0]?.value).toBe('Büro; "Nord", 2\\3');
    expect(parsed?.getProperty('IMPP')[0]?.value).toBe(peerLink(id));
  });

  it.each([
    [
      'vCard 3 with escapes',
      `FN:Office\\, north\r\nIMPP;X-SERVICE-TYPE=peerline:peerline\\:${formatPeerId(id)}`,
    ],
    [
      'a group, parameters and a quoted colon',
      `a.FN;LABEL="x:y;z":Office\\, north\r\nitem1.impp;PREF=1:peerline:${id}`,
    ],
    ['a link with a server', `FN:Office\\, north\r\nURL:peerline:${id}?server=wss://x.example`],
    ['a property of its own', `FN:Office\\, north\r\nX-PEERLINE:${id.toLowerCase()}`],
    ['only a structured name', `N:Office\\, north;;;;\r\n${impp}`],
  ])('is understood with %s', (_what, lines) => {
    expect(read(card(lines))).toMatchObject([{ id, name: 'Office, north' }]);
  });

  it('says a Chinese structured name in the Chinese order', () => {
    expect(read(card('N:李;雷;;;', impp))).toMatchObject([{ name: '李雷' }]);
  });

  it('keeps of a name of 10,000 characters what the address book keeps, and drops what turns text around', () => {
    const [long] = read(card(`FN:${'長'.repeat(10_000)}`, impp));
    expect(long).toMatchObject({ name: '長'.repeat(contactBounds.name) });
    expect(read(card(`FN:a\u202Eb\u0000c<script>`, impp))).toMatchObject([{ name: 'abc<script>' }]);
  });

  it.each([
    ['noId', card('FN:Somebody', 'TEL:+49 30 1234')],
    ['noId', card('FN:Somebody', 'IMPP:xmpp:a@example.org')],
    ['wrongId', card('FN:Somebody', `IMPP:peerline:${id.slice(0, -1)}${id.endsWith('7') ? '8' : '7'}`)],
    ['broken', card()],
  ])('counts as %s', (kind, text) => {
    const reading = read(text.replace('VERSION:4.0\r\n', ''));
    expect(reading).toEqual([kind]);
  });

  it('takes a picture that lies in the card, and never one from elsewhere', () => {
    const photo = (text: string) => {
      const [back] = read(card(text, impp));
      return typeof back === 'object' ? back.photo : back;
    };
    expect(photo('PHOTO;ENCODING=b;TYPE=PNG:aGVs\r\n bG8=')).toEqual({
      mediaType: 'image/png',
      base64: 'aGVsbG8=',
    });
    expect(photo('PHOTO:data:image/webp;base64,aGVsbG8=')).toEqual({
      mediaType: 'image/webp',
      base64: 'aGVsbG8=',
    });
    expect(photo('PHOTO;VALUE=uri:https://example.org/p.jpg')).toBeNull();
    expect(photo('PHOTO:data:text/html;base64,aGVsbG8=')).toBeNull();
    expect(photo('PHOTO:data:image/png;base64,<script>')).toBeNull();
  });
});

describe('a file of cards', () => {
  it('is cut the same wherever its pieces end', () => {
    const text = card('FN:One', impp) + card(`FN:T\r\n wo 李雷 😀`, impp).replaceAll('\r\n', '\n');
    const whole = cardsOf(text);
    expect(whole).toHaveLength(2);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 12 }), (cuts) => {
        const splitter = new CardSplitter();
        const places = [0, ...[...cuts].sort((a, b) => a - b), text.length];
        const cards = places.slice(1).flatMap((to, index) => splitter.push(text.slice(places[index], to)));
        expect([...cards, ...splitter.finish()]).toEqual(whole);
      }),
    );
  });

  it('gives the good cards and counts the others', async () => {
    const text = [
      'something before',
      card('FN:One', impp),
      card('FN:Without'),
      card('FN:Mistyped', 'IMPP:peerline:00000-00000-00000-00000-00007'),
      'BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Never ends\r\n',
      card('FN:Two', `IMPP:${peerLink(personId(2))}`),
      'BEGIN:VCARD\r\nFN:Cut off',
    ].join('\r\n');
    const { contacts, counts, progress } = await readFile(text);
    expect(contacts.map(({ name }) => name)).toEqual(['One', 'Two']);
    expect(counts).toEqual({ cards: 6, broken: 2, noId: 1, wrongId: 1, pictures: 0 });
    expect(progress).toBe(1);
  });

  it('keeps a contact whose picture cannot be used, and says so', async () => {
    const { contacts, counts } = await readFile(
      card('FN:One', impp, 'PHOTO:data:image/png;base64,aGVsbG8='),
      async () => Promise.resolve(undefined),
    );
    expect(contacts).toEqual([{ id, name: 'One', note: null, favourite: undefined, picture: undefined }]);
    expect(counts.pictures).toBe(1);
  });

  it.each([
    ['nothing', ''],
    ['text', 'no card at all\n'.repeat(1_000)],
    ['another kind of file', '\u0000\u0001PNG\r\n\u001a'],
  ])('of %s has no card', async (_what, text) => {
    expect((await readFile(text)).counts.cards).toBe(0);
  });

  it('survives ten megabytes of anything in little time', async () => {
    const size = 10 * 1024 * 1024;
    const hostile = [
      'BEGIN:VCARD\n'.repeat(size / 12),
      `BEGIN:VCARD\r\nFN:${'"'.repeat(size)}\r\nEND:VCARD\r\n`,
      `BEGIN:VCARD\r\nFN:${'\\'.repeat(size)}`,
      `BEGIN:VCARD\r\n${' \r\n'.repeat(size / 3)}END:VCARD\r\n`,
      `BEGIN:VCARD\r\n${'FN:a\r\n'.repeat(size / 6)}END:VCARD\r\n`,
      'x'.repeat(size),
      `BEGIN:VCARD\r\nIMPP;${'A=b;'.repeat(size / 4)}:peerline:\r\nEND:VCARD\r\n`,
    ];
    for (const text of hostile) {
      const before = process.cpuUsage();
      const { contacts } = await readFile(text);
      expect(contacts).toEqual([]);
      // Anything quadratic would take hours.
      expect(process.cpuUsage(before).user / 1000, text.slice(0, 30)).toBeLessThan(8_000);
    }
  }, 60_000);

  it('reads ten megabytes of contacts in batches', async () => {
    const texts = Array.from({ length: 2_000 }, (_, seed) =>
      card(`FN:Person ${seed}`, `IMPP:peerline:${personId(seed)}`, `NOTE:${'x'.repeat(5_000)}`),
    );
    const { contacts } = await readFile(texts.join(''));
    expect(contacts).toHaveLength(2_000);
    expect(contacts[0]?.note).toHaveLength(contactBounds.note);
  }, 30_000);

  it('passes over a card that is too large and takes the next one', () => {
    const splitter = new CardSplitter();
    const cards = splitter.push(card(`FN:${'x'.repeat(cardChars)}`) + card(impp));
    expect(cards).toEqual([['VERSION:4.0', impp]]);
    expect(splitter.broken).toBe(1);
  });

  it('never throws, whatever is in it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'BEGIN:VCARD',
        'END:VCARD',
        '\r\n',
        '\n',
        ' ',
        ':',
        ';',
        '"',
        '\\',
        'FN',
        'PHOTO;',
        'N:;',
        impp,
      ),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        expect(() => read(pieces.join(''))).not.toThrow();
      }),
      { numRuns: 200 },
    );
  }, 30_000);
});
