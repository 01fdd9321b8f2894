import type { Contact } from '#shared/people/contacts.ts';
import { contactBounds } from '#shared/people/contacts.ts';
import { personId, sampleContacts } from './people.ts';
import type { Scene } from './scenes.ts';

const contact = (seed: number, change: Partial<Contact>): Contact => ({
  id: personId(seed),
  name: `Person ${seed}`,
  note: '',
  favourite: false,
  seesPresence: true,
  picture: null,
  addedAt: 0,
  ...change,
});

/** Places rather than people, in the scripts that a list has to get on with. */
const contacts: readonly Contact[] = [
  ...sampleContacts,
  contact(10, { name: 'Atelier', favourite: true, note: 'Second courtyard\nRing twice', picture: 'painted' }),
  contact(11, { name: 'Äußere Werkstatt' }),
  contact(12, { name: '上海办公室', favourite: true }),
  contact(13, { name: '重庆仓库', note: '二楼' }),
  contact(14, { name: 'Home desktop' }),
  contact(15, { name: 'אוֹפִיס צפון' }),
  contact(16, { name: '<img src=x onerror=alert(1)>', note: '<script>alert(1)</script>' }),
  contact(17, { name: '7th floor' }),
  contact(18, { name: 'Zuhause' }),
];

const syllables = Array.from('北南东西上海京广州重庆天津武汉长沙成都');

/** As full as an address book gets. */
const everybody: readonly Contact[] = Array.from({ length: contactBounds.contacts }, (_, seed) =>
  contact(seed + 100, {
    name:
      seed % 3 === 0
        ? [7, 11, 13].map((step) => syllables[(seed * step) % syllables.length]).join('')
        : `${String.fromCharCode(65 + (seed % 26))}${seed} office`,
    note: 'A note as long as notes are. '.repeat(8),
    favourite: seed % 500 === 0,
  }),
);

/** The screens of the contacts page. */
export function contactScenes(home: Scene): Readonly<Record<string, Scene>> {
  const full: Scene = { ...home, people: { ...home.people, contacts } };
  const nobody: Scene = { ...home, people: { ...home.people, contacts: [] } };
  return {
    contacts: full,
    contactsEmpty: nobody,
    contactsLoading: { ...home, never: ['contactsList'] },
    contactsUnreadable: { ...home, refuse: ['contactsList'] },
    contactsMany: { ...home, people: { ...home.people, contacts: everybody } },
    contactsSearch: full,
    contactsSearchNobody: full,
    contactsMenu: full,
    contactOpen: full,
    contactRightToLeft: full,
    contactLong: full,
    contactScript: full,
    contactBlocked: { ...full, people: { ...full.people, blocked: [personId(10)] } },
    contactEdit: full,
    contactEditLong: full,
    contactEditRefused: { ...full, refuse: ['contactSave'] },
    contactQr: full,
    contactRemoved: full,
    contactsRemoved: full,
    contactAdd: full,
    contactAddThere: full,
    contactAddElsewhere: full,
    contactAddNear: full,
    contactAddName: full,
    contactAddFull: { ...home, people: { ...home.people, contacts: everybody }, refuse: [] },
    contactsImport: full,
    contactsImported: full,
    contactsImportNothing: full,
    myQr: full,
    dialName: full,
    dialPinyin: full,
    dialNobody: full,
  };
}
