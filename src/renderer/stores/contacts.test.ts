import { polyphonic } from 'pinyin-pro';
import { describe, expect, it } from 'vitest';
import type { Contact } from '#shared/people/contacts.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { storeHarness } from '#tests/support/uiHarness/storeHarness.ts';
import { fieldsOf } from './contactDraft.ts';
import { compareContacts, letterOf, withChanges } from './contactOrder.ts';
import { picturesKept, useContactsStore } from './contacts.ts';
import { useContactsPageStore } from './contactsPage.ts';

const contact = (seed: number, name: string, change: Partial<Contact> = {}): Contact => ({
  id: personId(seed),
  name,
  note: '',
  favourite: false,
  seesPresence: true,
  picture: null,
  addedAt: 0,
  ...change,
});

const settled = async () => new Promise((resolve) => setTimeout(resolve, 0));

async function loaded(contacts: readonly Contact[], options: Parameters<typeof storeHarness>[0] = {}) {
  const harness = storeHarness({ people: { contacts }, ...options });
  const store = useContactsStore();
  await settled();
  return { ...harness, store };
}

describe('the order of contacts', () => {
  it.each([
    ['Äußere', 'A'],
    ['ångström', 'A'],
    ['李雷', 'L'],
    ['重庆', 'C'],
    ['北办公室', 'B'],
    ['张', 'Z'],
    ['阿', 'A'],
    ['ｗｉｄｅ', 'W'],
    ['7th floor', '#'],
    ['👩🏽‍🔧', '#'],
    ['Ёлка', 'Е'],
    ['', '#'],
  ])('puts %j under %s', (name, letter) => {
    expect(letterOf(name)).toBe(letter);
  });

  it('knows the pinyin letter of nearly every Chinese character', () => {
    const characters = Array.from({ length: 20_902 }, (_, at) => String.fromCodePoint(0x4e00 + at));
    const known = characters.flatMap((character) => {
      const readings = polyphonic(character, { toneType: 'none', type: 'array' })[0] ?? [];
      return readings.includes(character)
        ? []
        : [readings.map(([first = '']) => first.toUpperCase()).includes(letterOf(character))];
    });
    expect(known.length).toBeGreaterThan(20_000);
    expect(known.filter(Boolean).length / known.length).toBeGreaterThan(0.98);
  });

  it('mixes Chinese and Latin names by letter, other scripts after them, and what has no letter last', () => {
    const names = ['7th floor', 'Zoo', '张', 'alpha', '阿', 'Ёлка', '李', 'Beta 10', 'Beta 9'];
    const sorted = names.map((name, seed) => contact(seed, name)).sort(compareContacts);
    expect(sorted.map(({ name }) => name)).toEqual([
      '阿',
      'alpha',
      'Beta 9',
      'Beta 10',
      '李',
      '张',
      'Zoo',
      'Ёлка',
      '7th floor',
    ]);
  });

  it('stays the same when contacts are put in one by one', () => {
    const all = Array.from({ length: 200 }, (_, seed) => contact(seed, `${(seed * 37) % 50} 李 ${seed % 7}`));
    const sorted = [...all].sort(compareContacts);
    const taken = new Set([sorted[3]?.id ?? '', sorted[50]?.id ?? '']);
    const rest = withChanges(sorted, taken, []);
    expect(rest).toHaveLength(198);
    const back = sorted.filter(({ id }) => taken.has(id));
    expect(withChanges(rest, new Set(), back)).toEqual(sorted);
  });
});

describe('the contacts', () => {
  it('follow what main says, also while the list is on its way', async () => {
    const { main } = storeHarness({ people: { contacts: [contact(1, 'Beta'), contact(2, 'Gone')] } });
    const store = useContactsStore();
    main.events.emit('contactsChanged', { saved: [contact(3, 'Alpha')], removed: [personId(2)] });
    expect(store.state).toBe('loading');
    await settled();
    expect(store.sorted.map(({ name }) => name)).toEqual(['Alpha', 'Beta']);
    main.events.emit('contactsChanged', { saved: [contact(1, 'Zeta')], removed: [] });
    expect(store.sorted.map(({ name }) => name)).toEqual(['Alpha', 'Zeta']);
    expect(store.nameOf(personId(1))).toBe('Zeta');
    expect(store.nameOf(personId(2))).toBeUndefined();
  });

  it('say that they could not be read, and are read on the next try', async () => {
    const { store, records } = await loaded([], { refuse: ['contactsList'] });
    expect(store.state).toBe('failed');
    expect(records.map(({ message }) => message)).toContain('contacts not read');
  });

  it('show a saved contact at once, and the code of a refusal', async () => {
    const { store } = await loaded([]);
    expect(await store.save({ ...contact(4, '  Office \u202E north '), picture: null })).toBeNull();
    expect(store.nameOf(personId(4))).toBe('Office north');
    const refused = await loaded([], { refuse: ['contactSave'] });
    expect(await refused.store.save({ ...contact(4, 'Office'), picture: null })).toBe('APP_INTERNAL');
  });

  it('ask for a picture once, and again only when it changed', async () => {
    const { store, main } = await loaded([contact(1, 'Office', { picture: 'first' })]);
    const id = personId(1);
    expect(store.pictureMissing(id)).toBe(true);
    await Promise.all([store.wantPicture(id), store.wantPicture(id)]);
    expect(main.argsOf('contactPicture')).toHaveLength(1);
    expect(store.pictureMissing(id)).toBe(false);
    main.events.emit('contactsChanged', {
      saved: [contact(1, 'Office', { picture: 'second' })],
      removed: [],
    });
    expect(store.pictureMissing(id)).toBe(true);
  });

  it('keep a bounded number of pictures', async () => {
    const many = Array.from({ length: picturesKept + 10 }, (_, seed) =>
      contact(seed, `Person ${seed}`, { picture: 'there' }),
    );
    const { store } = await loaded(many);
    for (const { id } of many) {
      await store.wantPicture(id);
    }
    expect(many.filter(({ id }) => store.pictureMissing(id))).toHaveLength(10);
  });
});

describe('a removed contact', () => {
  it('can come back for ten seconds', async () => {
    const { store, clock } = await loaded([contact(1, 'Office')]);
    const page = useContactsPageStore();
    page.open(personId(1));
    await page.remove(personId(1));
    expect(store.sorted).toEqual([]);
    expect(page.selected).toBeNull();
    expect(page.removed.map(({ name }) => name)).toEqual(['Office']);
    await page.undo();
    expect(store.nameOf(personId(1))).toBe('Office');
    expect(page.selected).toBe(personId(1));
    await page.remove(personId(1));
    await clock.advance(10_000);
    expect(page.removed).toEqual([]);
  });

  it('comes back together with one that was removed after it', async () => {
    const { store, clock } = await loaded([contact(1, 'Office'), contact(2, 'Workshop')]);
    const page = useContactsPageStore();
    await page.remove(personId(1));
    await clock.advance(9_000);
    await page.remove(personId(2));
    await clock.advance(9_000);
    expect(page.removed.map(({ name }) => name)).toEqual(['Office', 'Workshop']);
    await page.undo();
    expect(store.sorted.map(({ name }) => name)).toEqual(['Office', 'Workshop']);
    expect(page.removed).toEqual([]);
    expect(page.selected).toBeNull();
    expect(page.focusOn).toBe(personId(1));
  });

  it('is offered for as long as the keyboard is in the offer', async () => {
    const { clock } = await loaded([contact(1, 'Office')]);
    const page = useContactsPageStore();
    await page.remove(personId(1));
    page.holdRemoved(true);
    await clock.advance(60_000);
    expect(page.removed).toHaveLength(1);
    page.holdRemoved(false);
    await clock.advance(10_000);
    expect(page.removed).toEqual([]);
  });

  it('is offered no longer once it was added anew', async () => {
    const { store } = await loaded([contact(1, 'Office'), contact(2, 'Workshop')]);
    const page = useContactsPageStore();
    await page.remove(personId(1));
    await page.remove(personId(2));
    await store.save({ ...contact(1, 'New office'), picture: null });
    expect(page.removed.map(({ name }) => name)).toEqual(['Workshop']);
    await page.undo();
    expect(store.nameOf(personId(1))).toBe('New office');
  });

  it('is offered again, with the reason, when its undo was refused', async () => {
    await loaded([contact(1, 'Office'), contact(2, 'Workshop')], { refuse: ['contactRestore'] });
    const page = useContactsPageStore();
    await page.remove(personId(1));
    await page.remove(personId(2));
    await page.undo();
    expect(page.removed).toHaveLength(2);
    expect(page.undoProblem).toBe('APP_INTERNAL');
    page.forgetRemoved();
    expect(page.undoProblem).toBeNull();
  });

  it('that was not removed is still there, and the reason is known', async () => {
    const { store } = await loaded([contact(1, 'Office')], { refuse: ['contactRemove'] });
    const page = useContactsPageStore();
    expect(await page.remove(personId(1))).toBe(false);
    expect(page.problem).toBe('APP_INTERNAL');
    expect(page.removed).toEqual([]);
    expect(store.sorted).toHaveLength(1);
  });
});

describe('an edit that is not saved', () => {
  const office = contact(1, 'Office');

  it('holds what was changed, and everything else is as the contact is by then', async () => {
    const { main } = await loaded([office]);
    const page = useContactsPageStore();
    page.edit(office, { ...fieldsOf(office), name: 'Office, new' });
    const imported = { ...office, name: 'Imported', note: 'Third floor' };
    main.events.emit('contactsChanged', { saved: [imported], removed: [] });
    expect(page.edited(imported)).toMatchObject({ name: 'Office, new', note: 'Third floor' });
  });

  it('gives way to what is changed at once beside it', async () => {
    await loaded([office]);
    const page = useContactsPageStore();
    page.edit(office, { ...fieldsOf(office), name: 'Office, new', favourite: true });
    await page.change(office, { favourite: false });
    expect(page.edited(office)).toMatchObject({ name: 'Office, new', favourite: false });
  });

  it('goes with its contact, and comes back with them by undo alone', async () => {
    const { store } = await loaded([office]);
    const page = useContactsPageStore();
    page.edit(office, { ...fieldsOf(office), name: 'Office, new' });
    await page.remove(office.id);
    expect(page.edited(office)).toBeUndefined();
    await page.undo();
    expect(page.edited(office)).toMatchObject({ name: 'Office, new' });
    await page.remove(office.id);
    await store.save({ ...office, name: 'Added afresh' });
    expect(page.edited(office)).toBeUndefined();
  });
});
