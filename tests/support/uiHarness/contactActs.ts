import type { Page } from '@playwright/test';
import { formatPeerId, peerLink } from '#shared/identity/peerId.ts';
import { formatPeerLink } from '#shared/people/links.ts';
import { personId } from './people.ts';

type Act = (page: Page) => Promise<void>;

const press =
  (id: string): Act =>
  async (page) =>
    page.getByTestId(id).click();
const fill =
  (id: string, text: string): Act =>
  async (page) =>
    page.getByTestId(id).fill(text);
const all =
  (...acts: readonly Act[]): Act =>
  async (page) => {
    for (const act of acts) {
      await act(page);
    }
  };

const goTo = press('nav-contacts');
/** Opens a contact through the search, which brings its row into sight wherever it is. */
const openContact = (seed: number): Act =>
  all(goTo, async (page) => {
    await page.getByTestId('contact-search').fill(personId(seed));
    await page.locator(`[data-id="${personId(seed)}"] [data-testid="contact"]`).click();
  });

/** The server in the links below, which is not the one in use. */
export const farServer = `wss://signal.example.org/with/a/path/that/is/longer/than/most/${personId(9)}`;
export const farLink = (seed: number): string => formatPeerLink({ id: personId(seed), server: farServer });

/** A vCard file with every kind of card. */
const sampleCards = [
  ['FN:New office', `IMPP:${peerLink(personId(40))}`, 'NOTE:Third floor\\, left'],
  ['FN:Atelier (renamed)', `IMPP:${peerLink(personId(10))}`],
  ['FN:Without an id', 'TEL:+49 30 1234'],
  ['FN:Mistyped', 'IMPP:peerline:00000-00000-00000-00000-00007'],
  ['FN:Me', `IMPP:${peerLink(personId(0))}`],
]
  .map((lines) => ['BEGIN:VCARD', 'VERSION:4.0', ...lines, 'END:VCARD', ''].join('\r\n'))
  .join('')
  .concat('BEGIN:VCARD\r\nFN:Cut');

const importFile =
  (text: string): Act =>
  async (page) =>
    page
      .getByTestId('import-file')
      .setInputFiles({ name: 'people.vcf', mimeType: 'text/vcard', buffer: Buffer.from(text) });

const openImport = all(goTo, press('contacts-menu'), press('contacts-import'));
const openAdd = all(goTo, press('contact-add'));

/** One wrong character in the third group of a contact's id. */
function nearlyThere(): string {
  const id = formatPeerId(personId(10));
  const at = 14;
  return `${id.slice(0, at)}${id.charAt(at) === '7' ? '8' : '7'}${id.slice(at + 1)}`;
}

/** What a person does to get to the state that a scene of the contacts page is about. */
export const contactActs: Readonly<Record<string, Act>> = {
  contacts: goTo,
  contactsEmpty: goTo,
  contactsLoading: goTo,
  contactsUnreadable: goTo,
  contactsMany: goTo,
  contactsSearch: all(goTo, fill('contact-search', 'bgs')),
  contactsSearchNobody: all(goTo, fill('contact-search', 'nobody at all')),
  contactsMenu: all(goTo, press('contacts-menu')),
  contactOpen: openContact(10),
  contactRightToLeft: openContact(15),
  contactLong: openContact(1),
  contactScript: openContact(16),
  contactBlocked: openContact(10),
  contactEdit: all(openContact(10), press('contact-edit')),
  contactEditLong: all(
    openContact(10),
    press('contact-edit'),
    fill('contact-name-input', 'A name that does not end '.repeat(400)),
  ),
  contactEditRefused: all(openContact(10), press('contact-edit'), press('contact-save')),
  contactQr: all(openContact(10), press('contact-qr')),
  contactRemoved: all(openContact(10), press('contact-delete')),
  contactsRemoved: all(openContact(10), press('contact-delete'), openContact(1), press('contact-delete')),
  contactAdd: openAdd,
  contactAddThere: all(openAdd, fill('add-id', peerLink(personId(10)))),
  contactAddElsewhere: all(openAdd, fill('add-id', `you find me at ${farLink(42)}`)),
  contactAddNear: all(openAdd, fill('add-id', nearlyThere())),
  contactAddName: all(openAdd, fill('add-id', peerLink(personId(41))), press('add-save')),
  contactAddFull: all(
    openAdd,
    fill('add-id', peerLink(personId(41))),
    fill('contact-name-input', 'One too many'),
    press('add-save'),
  ),
  contactsImport: openImport,
  contactsImported: all(openImport, importFile(sampleCards), async (page) =>
    page.getByTestId('import-summary').waitFor(),
  ),
  contactsImportNothing: all(openImport, importFile('not a card'), async (page) =>
    page.getByTestId('import-problem').waitFor(),
  ),
  myQr: all(goTo, press('contacts-menu'), press('my-qr')),
  dialName: fill('dial-input', 'aussere'),
  dialPinyin: all(fill('dial-input', 'cqck'), async (page) =>
    page.getByTestId('dial-suggestion').first().waitFor(),
  ),
  dialNobody: fill('dial-input', 'unknown person'),
};
