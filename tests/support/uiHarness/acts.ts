import type { Page } from '@playwright/test';
import { formatPeerId } from '#shared/identity/peerId.ts';
import { contactActs, farLink } from './contactActs.ts';
import { identityActs } from './identityScenes.ts';
import { networkActs } from './networkScenes.ts';
import { personId } from './people.ts';

const type = (text: string) => async (page: Page) => page.getByTestId('dial-input').fill(text);
const press = (id: string) => async (page: Page) => page.getByTestId(id).click();

/** One wrong character in the third group of an id that was called before. */
function nearlyKnown(): string {
  const id = formatPeerId(personId(2));
  const at = 14;
  return `${id.slice(0, at)}${id.charAt(at) === '7' ? '8' : '7'}${id.slice(at + 1)}`;
}

/** What a person does to get from a rendered scene to the state that it is about. */
export const acts: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  ...contactActs,
  ...identityActs,
  ...networkActs,
  // The bar of a call comes a moment after the rest of it.
  outgoing: async (page) => page.getByTestId('hang-up').waitFor(),
  connecting: async (page) => page.getByTestId('hang-up').waitFor(),
  homeMenu: press('picker-microphone'),
  dialId: type(`call me: ${formatPeerId(personId(9)).toLowerCase()} thanks`),
  dialNear: type(nearlyKnown()),
  dialCheck: type('4F7KQ-2M9XA-HB3WD-P0ZRN-6C8VE'),
  dialCharacter: type('4F7KQ-2M9XU'),
  dialElsewhere: type(farLink(9)),
  shortcuts: async (page) => page.keyboard.press('?'),
  connectedMenu: press('call-picker-camera'),
  connectedMore: press('call-more'),
  homeMissed: press('history-filter-missed'),
  homeNoMissed: press('history-filter-missed'),
  homeStatus: press('connection-state'),
  homeRemoveMenu: press('history-remove-menu'),
  homeRemoveAll: async (page) => {
    await press('history-remove-menu')(page);
    await press('history-remove-all')(page);
  },
  homeRowMenu: async (page) => {
    await page.getByTestId('history-call').nth(5).click({ button: 'right' });
  },
  homeRowMenuBlocked: async (page) => {
    await page.getByTestId('history-call').nth(5).click({ button: 'right' });
  },
  homeLong: async (page) => {
    await page.getByTestId('history-call').first().focus();
    await page.keyboard.press('End');
  },
  settings: press('nav-settings'),
  settingsPrivacy: async (page) => {
    await press('nav-settings')(page);
    await page.getByTestId('privacy').scrollIntoViewIfNeeded();
  },
  settingsRename: async (page) => {
    await press('nav-settings')(page);
    await page.getByTestId('own-device-rename').first().click();
  },
  settingsSignOut: async (page) => {
    await press('nav-settings')(page);
    await page.getByTestId('own-device-sign-out').first().click();
  },
  settingsIce: async (page) => {
    await press('nav-settings')(page);
    await page.getByTestId('ice-test').first().click();
    await page.getByTestId('ice-test').last().click();
    await page.getByTestId('ice-result').last().scrollIntoViewIfNeeded();
  },
  settingsOpen: press('nav-settings'),
  settingsRemote: press('nav-settings'),
  settingsOverride: async (page) => {
    await press('nav-settings')(page);
    await page.getByTestId('server-state').scrollIntoViewIfNeeded();
  },
};
