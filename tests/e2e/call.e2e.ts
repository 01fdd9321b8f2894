import { expect } from '@playwright/test';
import { test } from '#tests/support/e2e/fixtures.ts';
import type { LaunchedPair } from '#tests/support/e2e/launchPair.ts';
import { addContact } from '#tests/support/e2e/people.ts';
import type { CallKind, PeerWindow } from '#tests/support/e2e/PeerWindow.ts';

/** From the dial field to a connected call. */
async function connect({ caller, callee }: LaunchedPair, kind: CallKind = 'video'): Promise<void> {
  await caller.dial(await callee.id(), kind);
  await caller.expectPhase('outgoing');
  await callee.expectRinging();
  await callee.answer();
  await Promise.all([caller.expectPhase('connected'), callee.expectPhase('connected')]);
}

async function closeBoth({ caller, callee }: LaunchedPair): Promise<void> {
  await caller.close();
  await callee.close();
}

const connectionsOf = async (window: PeerWindow): Promise<number> => (await window.resources()).connections;

test.describe('a call by id', () => {
  test('rings, connects with picture and sound both ways, and ends when the caller hangs up', async ({
    pair,
  }) => {
    const { caller, callee } = pair;
    await connect(pair);
    await Promise.all([caller.expectPictureAndSound(), callee.expectPictureAndSound()]);
    await expect(caller.element('call-timer')).toHaveText(/^00:0\d/);
    await caller.hangUp();
    await caller.expectEnded('hungUp');
    await callee.expectEnded('peerHungUp');
    await closeBoth(pair);
  });

  test('ends when the callee hangs up', async ({ pair }) => {
    await connect(pair);
    await pair.callee.hangUp();
    await pair.callee.expectEnded('hungUp');
    await pair.caller.expectEnded('peerHungUp');
    await closeBoth(pair);
  });

  test('says "ringing" only once the other device rings', async ({ pair }) => {
    const { caller, callee } = pair;
    await caller.dial(await callee.id());
    await expect(caller.callView).toHaveAttribute('data-stage', /calling|ringing/);
    await callee.expectRinging();
    await expect(caller.callView).toHaveAttribute('data-stage', 'ringing');
    await caller.hangUp();
    await caller.expectEnded('cancelled');
    await callee.expectEnded('missed');
    await closeBoth(pair);
  });

  test('can be answered with audio only, and the callee can add the camera later', async ({ pair }) => {
    const { caller, callee } = pair;
    await caller.dial(await callee.id());
    await callee.expectRinging();
    await callee.answer('voice');
    await Promise.all([caller.expectPhase('connected'), callee.expectPhase('connected')]);
    await expect(caller.element('remote-camera-off')).toBeVisible();
    await callee.expectFramesFlow();
    await callee.toggle('camera');
    await expect(caller.element('remote-camera-off')).toBeHidden();
    await caller.expectPictureAndSound();
    await caller.hangUp();
    await closeBoth(pair);
  });

  test('without a camera on either side carries sound', async ({ pair }) => {
    const { caller, callee } = pair;
    await connect(pair, 'voice');
    await expect.poll(async () => (await caller.remoteMedia()).audioPeak).toBeGreaterThan(0.01);
    await expect.poll(async () => (await callee.remoteMedia()).audioPeak).toBeGreaterThan(0.01);
    expect((await caller.capturedDevices()).camera).toBe('');
    expect((await callee.capturedDevices()).camera).toBe('');
    await caller.hangUp();
    await closeBoth(pair);
  });

  test('of a contact stands while it rings, and leaves nothing when it is declined', async ({ pair }) => {
    const { caller, callee } = pair;
    await addContact(callee, { id: await caller.id(), name: 'Caller' });
    const ring = async (): Promise<void> => {
      await caller.dial(await callee.id());
      await callee.expectRinging();
      await expect.poll(async () => connectionsOf(callee)).toBe(1);
    };
    await ring();
    await callee.answer();
    await Promise.all([caller.expectPhase('connected'), callee.expectPhase('connected')]);
    await Promise.all([caller.expectPictureAndSound(), callee.expectPictureAndSound()]);
    await callee.hangUp();
    await caller.expectEnded('peerHungUp');
    await closeBoth(pair);
    await ring();
    await callee.answer('decline');
    await caller.expectEnded('declined');
    expect([await connectionsOf(caller), await connectionsOf(callee)]).toEqual([0, 0]);
    await caller.close();
  });

  test('can be declined, and the caller reads so', async ({ pair }) => {
    const { caller, callee } = pair;
    await caller.dial(await callee.id());
    await callee.expectRinging();
    await callee.answer('decline');
    await caller.expectEnded('declined');
    await caller.close();
    await expect(callee.element('incoming-accept')).toBeHidden();
    await callee.close();
  });

  test('can be cancelled before the answer, and stops ringing there', async ({ pair }) => {
    const { caller, callee } = pair;
    await caller.dial(await callee.id(), 'voice');
    await callee.expectRinging();
    await caller.hangUp();
    await caller.expectEnded('cancelled');
    await expect(callee.element('incoming-accept')).toBeHidden();
    await callee.expectEnded('missed');
    await closeBoth(pair);
  });

  test('of both at once becomes one call', async ({ pair }) => {
    const { caller, callee } = pair;
    const [callerId, calleeId] = [await caller.id(), await callee.id()];
    await caller.element('dial-input').fill(calleeId);
    await callee.element('dial-input').fill(callerId);
    // Whoever's invite arrives first takes the other's window, so a click could miss its button.
    await Promise.all([caller.page.keyboard.press('Enter'), callee.page.keyboard.press('Enter')]);
    await Promise.all([caller.expectPhase('connected'), callee.expectPhase('connected')]);
    await Promise.all([caller.expectPictureAndSound(), callee.expectPictureAndSound()]);
    await callee.hangUp();
    await caller.expectEnded('peerHungUp');
    await closeBoth(pair);
  });

  test('shows the other side when microphone and camera go off and on', async ({ pair }) => {
    const { caller, callee } = pair;
    await connect(pair);
    await callee.expectFramesFlow();

    await caller.toggle('mic');
    await expect(callee.element('remote-muted')).toBeVisible();
    await expect.poll(async () => (await callee.remoteMedia()).audioPeak).toBeLessThan(0.01);
    await caller.toggle('mic');
    await expect(callee.element('remote-muted')).toBeHidden();
    await expect.poll(async () => (await callee.remoteMedia()).audioPeak).toBeGreaterThan(0.01);

    const withCamera = (await caller.resources()).tracks;
    await caller.toggle('camera');
    await expect(callee.element('remote-camera-off')).toBeVisible();
    await expect.poll(async () => (await caller.resources()).tracks).toBe(withCamera - 1);
    await caller.toggle('camera');
    await expect(callee.element('remote-camera-off')).toBeHidden();
    await callee.expectPictureAndSound();
    await caller.hangUp();
    await closeBoth(pair);
  });

  test('goes on when camera and microphone are changed in it', async ({ pair }) => {
    const { caller, callee } = pair;
    await connect(pair);
    await callee.expectFramesFlow();
    for (const kind of ['camera', 'microphone'] as const) {
      const before = (await caller.capturedDevices())[kind];
      await caller.revealControls();
      await caller.element(`call-picker-${kind}`).click();
      await caller.page.getByRole('menuitemradio').last().click();
      await expect.poll(async () => (await caller.capturedDevices())[kind]).not.toBe(before);
    }
    await callee.expectPictureAndSound();
    await Promise.all([caller.expectPhase('connected'), callee.expectPhase('connected')]);
    await caller.hangUp();
    await closeBoth(pair);
  });

  test('leaves no connection, no live track and no listener behind after 30 calls in a row', async ({
    pair,
  }) => {
    test.setTimeout(180_000);
    const { caller, callee } = pair;
    let listeners: readonly number[] = [];
    for (const round of Array(30).keys()) {
      const [dialling, answering] = round % 2 === 0 ? [caller, callee] : [callee, caller];
      await dialling.dial(await answering.id(), round % 3 === 0 ? 'voice' : 'video');
      await answering.expectRinging();
      await answering.answer();
      await Promise.all([dialling.expectPhase('connected'), answering.expectPhase('connected')]);
      await (round % 4 < 2 ? dialling : answering).hangUp();
      await Promise.all([
        expect(dialling.element('end-reason')).toBeVisible(),
        expect(answering.element('end-reason')).toBeVisible(),
      ]);
      for (const window of [caller, callee]) {
        expect(await window.resources(), `after call ${round + 1}`).toEqual({ tracks: 0, connections: 0 });
      }
      await closeBoth(pair);
      // The first calls of each side load what later ones use again.
      const now = [await caller.listenerCount(), await callee.listenerCount()];
      listeners = round < 2 ? now : listeners;
      expect(now, `listeners after call ${round + 1}`).toEqual(listeners);
    }
  });
});
