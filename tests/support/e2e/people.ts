import { expect, type Locator } from '@playwright/test';
import type { PeerWindow } from './PeerWindow.ts';

/** The newest row of the list of calls. */
export const newestCall = (window: PeerWindow): Locator => window.element('history-row').first();

/** The newest row is a call with `id` that ended like this and says so. */
export async function expectNewestCall(
  window: PeerWindow,
  expected: { readonly id: string; readonly end: string; readonly says: RegExp },
): Promise<void> {
  const row = newestCall(window);
  await expect(row).toHaveAttribute('data-id', expected.id);
  await expect(row).toHaveAttribute('data-end', expected.end);
  await expect(row.getByTestId('history-call')).toHaveAttribute('aria-label', expected.says);
}

/** Goes to a page of the rail. */
export async function openPage(window: PeerWindow, page: 'calls' | 'contacts' | 'settings'): Promise<void> {
  await window.element(`nav-${page}`).click();
}

/**
 * Shared apps wait between their tests where they have no camera open: the pictures of four of them take a good
 * part of a small machine from the tests of others.
 */
export async function resting(windows: readonly PeerWindow[], use: () => Promise<void>): Promise<void> {
  await Promise.all(windows.map(async (window) => openPage(window, 'calls')));
  await use();
  await Promise.all(windows.map(async (window) => openPage(window, 'contacts')));
}

/** Adds somebody to the address book through its form. */
export async function addContact(
  window: PeerWindow,
  contact: { readonly id: string; readonly name: string },
): Promise<void> {
  await openPage(window, 'contacts');
  await window.element('contact-add').click();
  await window.element('add-id').fill(contact.id);
  await window.element('contact-name-input').fill(contact.name);
  await window.element('add-save').click();
  await expect(window.element('contact').filter({ hasText: contact.name })).toBeVisible();
  await openPage(window, 'calls');
}

/** Chooses the own status at the own picture. */
export async function chooseStatus(
  window: PeerWindow,
  status: 'online' | 'doNotDisturb' | 'offline',
): Promise<void> {
  await window.element('connection-state').click();
  await window.element(`status-${status}`).click();
  await expect(window.element('connection-state')).toHaveAttribute('data-status', status);
}
