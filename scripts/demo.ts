import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatPeerId } from '#shared/identity/peerId.ts';
import type { PeerWindow } from '#tests/support/e2e/PeerWindow.ts';
import { launchPair } from '#tests/support/e2e/launchPair.ts';
import { frameCount } from '#tests/support/e2e/mediaProbe.ts';
import { addContact, openPage } from '#tests/support/e2e/people.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { ensureBuilt } from './support/build.ts';
import { hasDisplay } from './support/display.ts';

/**
 * `npm run demo`: a real call between two instances with fake devices, placed through the interface. Prints
 * what happened and when, and saves both windows at every step.
 */
const { values } = parseArgs({ options: { headless: { type: 'boolean', default: !hasDisplay() } } });
const headless = values.headless;
const folder = join(import.meta.dirname, '../demo-output');
const settleMs = 5_000;

const started = performance.now();
const say = (what: string, at = performance.now()) =>
  console.log(`${((at - started) / 1000).toFixed(2).padStart(7)} s  ${what}`);

let step = 0;
async function picture(name: string, windows: Readonly<Record<string, PeerWindow>>): Promise<void> {
  step += 1;
  for (const [role, { page }] of Object.entries(windows)) {
    const file = `${String(step).padStart(2, '0')}-${name}-${role}.png`;
    // Transitions jump to their end, so that no picture shows a half-faded bar.
    await page.screenshot({ path: join(folder, file), animations: 'disabled' });
  }
}

/** When the next frame of the other side is shown, on this process's clock. */
async function firstFrame(window: PeerWindow): Promise<number> {
  await window.remoteVideo.waitFor({ state: 'attached' });
  await window.remoteVideo.evaluate(
    async (video) =>
      new Promise<void>((resolve) => {
        if (video instanceof HTMLVideoElement) {
          video.requestVideoFrameCallback(() => resolve());
        }
      }),
  );
  return performance.now();
}

async function received(window: PeerWindow): Promise<string> {
  const seconds = 2;
  const before = await frameCount(window.remoteVideo);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const frames = (await frameCount(window.remoteVideo)) - before;
  const { width, height } = await window.remoteMedia();
  return `${width} x ${height} at ${(frames / seconds).toFixed(0)} frames per second`;
}

/** A file of contacts as another address book would write it. */
async function cardFile(names: readonly string[]): Promise<string> {
  const cards = await Promise.all(
    names.map(async (name) => {
      const { id } = await makeIdentity();
      return `BEGIN:VCARD\r\nVERSION:4.0\r\nFN:${name}\r\nIMPP:peerline:${formatPeerId(id)}\r\nEND:VCARD\r\n`;
    }),
  );
  return cards.join('');
}

const rooms = ['Front desk', 'North office', 'Café', 'Workshop', '会议室', '前台', 'Archive', 'Loading dock'];

async function importCards(window: PeerWindow): Promise<void> {
  await openPage(window, 'contacts');
  await window.element('contacts-menu').click();
  await window.element('contacts-import').click();
  const buffer = Buffer.from(await cardFile(rooms));
  await window.element('import-file').setInputFiles({ name: 'rooms.vcf', mimeType: 'text/vcard', buffer });
  await window.element('import-summary').waitFor();
  await picture(`import-${window === caller ? 'caller' : 'callee'}`, windows);
  await window.element('import-done').click();
}

/** `from` calls, and `to` sees somebody whom it does not know, or does. */
async function ring(from: PeerWindow, to: PeerWindow, id: string): Promise<void> {
  await openPage(from, 'calls');
  await from.dial(id);
  await to.expectRinging();
}

async function look(window: PeerWindow, theme: string, locale: string): Promise<void> {
  await window.element('nav-settings').click();
  await window.element(`setting-theme-${theme}`).click();
  await window.element(`setting-locale-${locale}`).click();
}

ensureBuilt();
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const pair = await launchPair({ caller: { headless }, callee: { headless } });
const { caller, callee } = pair;
const windows = { caller, callee };
try {
  say(`two instances run (${pair.instances[0].app.launcher}) and reached the signaling server`);
  await picture('home', windows);
  await look(callee, 'dark', 'zh-CN');
  await look(caller, 'light', 'en');
  await picture('settings', windows);
  await caller.element('nav-calls').click();
  await callee.element('nav-calls').click();
  await picture('home-themes', windows);

  const calleeId = await callee.id();
  await caller.element('dial-input').fill(calleeId);
  await picture('dial-field', windows);
  const dialled = performance.now();
  await caller.element('dial-video').click();
  say('dialled', dialled);
  await callee.expectRinging();
  await caller.page.locator('[data-testid="call-view"][data-stage="ringing"]').waitFor();
  const ringing = performance.now();
  say(`ringing, ${(ringing - dialled).toFixed(0)} ms after dialling`, ringing);
  await picture('ringing', windows);
  await picture('incoming-stranger', windows);

  const accepted = performance.now();
  await callee.answer();
  say('accepted', accepted);
  const [atCaller, atCallee] = await Promise.all([firstFrame(caller), firstFrame(callee)]);
  const frames = [
    { role: 'caller', at: atCaller },
    { role: 'callee', at: atCallee },
  ];
  for (const { role, at } of frames.sort((one, other) => one.at - other.at)) {
    say(`first frame at the ${role}, ${(at - accepted).toFixed(0)} ms after accepting`, at);
  }
  await picture('accepted', windows);
  const rest = Math.max(atCaller, atCallee) + settleMs - performance.now();
  await new Promise((resolve) => setTimeout(resolve, rest));
  const measured = performance.now();
  const [toCaller, toCallee] = await Promise.all([received(caller), received(callee)]);
  say(`the caller receives ${toCaller}`, measured);
  say(`the callee receives ${toCallee}`, measured);
  await caller.revealControls();
  await callee.revealControls();
  await picture('call', windows);

  await caller.toggle('camera');
  await caller.toggle('mic');
  await callee.element('remote-camera-off').waitFor();
  say('the caller switched camera and microphone off, and the callee sees so');
  await callee.revealControls();
  await picture('camera-off', windows);
  await caller.toggle('camera');
  await caller.toggle('mic');

  const ended = performance.now();
  await caller.hangUp();
  await callee.expectEnded('peerHungUp');
  say(`hung up, and the callee knows ${(performance.now() - ended).toFixed(0)} ms later`);
  const left = await Promise.all([caller.resources(), callee.resources()]);
  const released = left.every(({ tracks, connections }) => tracks === 0 && connections === 0);
  say(released ? 'cameras, microphones and connections are released' : `left open: ${JSON.stringify(left)}`);
  await picture('ended', windows);
  process.exitCode = released ? 0 : 1;
  await caller.close();
  await callee.close();

  const names = { caller: await caller.id(), callee: calleeId };
  await ring(callee, caller, names.caller);
  await picture('incoming-back', windows);
  await caller.answer('decline');
  await callee.close();
  say('the callee called back, was shown as a stranger, and was declined');
  await importCards(caller);
  await importCards(callee);
  say(`both imported ${rooms.length} contacts from a vCard file`);
  await addContact(caller, { id: names.callee, name: 'callee' });
  await addContact(callee, { id: names.caller, name: 'caller' });
  for (const window of [caller, callee]) {
    await openPage(window, 'contacts');
    await window.element('contact').last().waitFor();
  }
  await caller.element('contact').filter({ hasText: 'callee' }).click();
  await callee.element('contact').filter({ hasText: 'caller' }).click();
  await picture('contacts', windows);
  await openPage(callee, 'calls');
  for (const [from, to, id] of [
    [caller, callee, names.callee],
    [callee, caller, names.caller],
  ] as const) {
    await ring(from, to, id);
    if (from === caller) {
      await picture('incoming-contact', windows);
    }
    await from.hangUp();
    await to.element('end-reason').waitFor();
    await from.close();
  }
  await openPage(caller, 'contacts');
  await openPage(caller, 'calls');
  await picture('history', windows);
  say('both called once more and gave up; both lists show a missed call');
  console.log(`\nScreenshots: ${folder}`);

  if (!headless) {
    console.log('Both windows stay open; close them, or press Ctrl+C, to end.');
    await caller.close();
    await callee.close();
    await Promise.race(pair.instances.map(async ({ app }) => app.exited));
  }
} finally {
  await pair.close();
}
