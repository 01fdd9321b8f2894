import fc from 'fast-check';
import { polyphonic } from 'pinyin-pro';
import { describe, expect, it } from 'vitest';
import type { Contact } from '#shared/people/contacts.ts';
import { formatPeerId } from '#shared/identity/peerId.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { charactersWithoutReading, searchContacts, type Readings } from './contactSearch.ts';
import { foldText } from './foldText.ts';

const contact = (seed: number, name: string, note = ''): Contact => ({
  id: personId(seed),
  name,
  note,
  favourite: false,
  seesPresence: true,
  picture: null,
  addedAt: 0,
});

const readingsFor = (contacts: readonly Contact[]): Readings =>
  new Map(
    Array.from(charactersWithoutReading(contacts, new Map()), (character) => [
      character,
      polyphonic(character, { toneType: 'none', type: 'array' })[0] ?? [],
    ]),
  );

const people = [
  contact(1, 'Café Ångström'),
  contact(2, 'North office', 'Second floor, ring twice'),
  contact(3, '李雷'),
  contact(4, '单田芳'),
  contact(5, '上海 Studio'),
  contact(6, 'אוֹפִיס'),
  contact(7, 'Workshop', 'north side'),
  contact(8, 'Straße 7'),
];
const readings = readingsFor(people);
const found = (text: string) => searchContacts(people, text, readings).map(({ name }) => name);

describe('a search in the contacts', () => {
  it.each([
    ['cafe', ['Café Ångström']],
    ['ÅNGSTROM', ['Café Ångström']],
    ['strasse', ['Straße 7']],
    ['ｎｏｒｔｈ ｏｆｆｉｃｅ', ['North office']],
    ['אופיס', ['אוֹפִיס']],
  ])('finds %j whatever the accents, the case and the width', (text, names) => {
    expect(found(text)).toEqual(names);
  });

  it.each([
    ['lilei', '李雷'],
    ['li lei', '李雷'],
    ['ll', '李雷'],
    ['lil', '李雷'],
    ['lei', '李雷'],
    ['雷', '李雷'],
    ['shantianfang', '单田芳'],
    ['dtf', '单田芳'],
    ['shs', '上海 Studio'],
    ['shanghaist', '上海 Studio'],
  ])('finds by %j, whole or initials, %s', (text, name) => {
    expect(found(text)).toContain(name);
  });

  it('does not find a Chinese name by letters that it is not spelled with', () => {
    expect(found('lileix')).toEqual([]);
    expect(found('ilei')).toEqual([]);
  });

  it('finds by a part of the id in any spelling, but not by two letters of it', () => {
    const id = formatPeerId(personId(7));
    expect(found(id.slice(6, 15).toLowerCase())).toEqual(['Workshop']);
    expect(found(id.slice(0, 3))).toContain('Workshop');
    expect(found(`zz${id.slice(2, 4)}`)).toEqual([]);
  });

  it('puts names before notes', () => {
    expect(found('north')).toEqual(['North office', 'Workshop']);
  });

  it('finds words in any order, in name and note together', () => {
    expect(found('floor office')).toEqual(['North office']);
  });

  it('shows everybody for an empty text', () => {
    expect(found('  ')).toHaveLength(people.length);
  });

  it('finds names by their own letters while no reading is known', () => {
    expect(searchContacts(people, '李', new Map()).map(({ name }) => name)).toEqual(['李雷']);
    expect(searchContacts(people, 'lilei', new Map())).toEqual([]);
  });

  it('finds every name by any piece of itself', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(name, fc.nat(), fc.nat(), (text, from, length) => {
        const characters = Array.from(foldText(text));
        const start = from % Math.max(1, characters.length);
        const piece = characters.slice(start, start + 1 + (length % 10)).join('');
        const one = contact(1, text);
        expect(searchContacts([one], piece, new Map())).toEqual([one]);
      }),
    );
  });

  it('stays within a frame or two among five thousand contacts with long notes', () => {
    const syllables = Array.from(
      '王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗雷伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超',
    );
    const many = Array.from({ length: 5_000 }, (_, seed) => {
      const at = (step: number) => syllables[(seed * step) % syllables.length] ?? '';
      return contact(seed, seed % 2 === 0 ? at(7) + at(11) + at(13) : `Person ${seed}`, 'note '.repeat(40));
    });
    const known = readingsFor(many);
    searchContacts(many, 'warm', known);
    // Time on the processor, and the best of five: other programs run beside this one.
    const times = ['l', 'll', 'lil', 'person 4', 'zhangw', 'nobody at all'].map((text) =>
      Math.min(
        ...Array.from({ length: 5 }, () => {
          const before = process.cpuUsage();
          searchContacts(many, text, known);
          return process.cpuUsage(before).user / 1000;
        }),
      ),
    );
    expect(Math.max(...times)).toBeLessThan(33);
  });
});
