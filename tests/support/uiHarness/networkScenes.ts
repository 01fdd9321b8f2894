import type { Page } from '@playwright/test';
import { defaultSettings } from '#shared/settings.ts';
import type { Scene } from './scenes.ts';

const press = async (page: Page, id: string) => page.getByTestId(id).click();

/** Screens about the network: its settings, the panel of a call, the check before one. */
export function networkScenes(home: Scene): Readonly<Record<string, Scene>> {
  const { network } = defaultSettings();
  return {
    settingsNetwork: {
      ...home,
      settings: { network: { ...network, relayOnly: true, videoCodecs: ['AV1'], fastAnswer: 'relayed' } },
    },
  };
}

export const networkActs: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  settingsNetwork: async (page) => {
    await press(page, 'nav-settings');
    await page.getByTestId('codecs').scrollIntoViewIfNeeded();
  },
};
