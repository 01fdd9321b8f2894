import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findCommand, installPackage } from './packages.ts';

const COMMANDS = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'microsoft-edge-stable',
];

const MAC_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
);

const windowsPrograms = (): readonly string[] =>
  [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => [
      join(folder, 'Google', 'Chrome', 'Application', 'chrome.exe'),
      join(folder, 'Microsoft', 'Edge', 'Application', 'msedge.exe'),
    ]);

function installed(): string | undefined {
  switch (process.platform) {
    case 'darwin':
      return MAC_APPS.find(existsSync);
    case 'win32':
      return windowsPrograms().find(existsSync);
    default:
      return COMMANDS.map(findCommand).find((path) => path !== undefined);
  }
}

/** Chrome or Chromium on this machine, or the one that Playwright has fetched. PEERLINE_BROWSER names another. */
function findBrowser(): string | undefined {
  const bundled = chromium.executablePath();
  return process.env.PEERLINE_BROWSER ?? installed() ?? (existsSync(bundled) ? bundled : undefined);
}

/**
 * The path of a browser that chromium-shell and the tests can use; installs Debian's where that needs
 * no question. Rejects with what to install where there is none.
 */
export async function ensureBrowser(): Promise<string> {
  const browser = findBrowser() ?? (installPackage('chromium') ? findBrowser() : undefined);
  if (browser === undefined) {
    return Promise.reject(
      new Error(
        'No Chrome or Chromium was found: install one, or run `npx playwright install chromium`, or name one in PEERLINE_BROWSER.',
      ),
    );
  }
  return Promise.resolve(browser);
}
