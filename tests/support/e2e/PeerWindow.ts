import { expect, type Locator, type Page } from '@playwright/test';
import { frameCount, probeMedia, type PlayedMedia } from './mediaProbe.ts';

export type CallKind = 'video' | 'voice';

/** What a person does in, and sees of, the main window. */
export class PeerWindow {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  element(name: string): Locator {
    return this.page.getByTestId(name);
  }

  get remoteVideo(): Locator {
    return this.element('remote-video');
  }

  get callView(): Locator {
    return this.element('call-view');
  }

  /** The canonical id on the home screen. */
  async id(): Promise<string> {
    const id = await this.element('my-id').getAttribute('data-id');
    expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{25}$/);
    return id ?? '';
  }

  /** The home screen is there and the signaling server is reached. */
  async ready(): Promise<void> {
    await expect(this.element('connection-state')).toHaveAttribute('data-phase', 'online');
    await expect(this.element('dial-input')).toBeVisible();
  }

  async dial(id: string, kind: CallKind = 'video'): Promise<void> {
    await this.element('dial-input').fill(id);
    await this.element(kind === 'video' ? 'dial-video' : 'dial-voice').click();
  }

  async expectPhase(phase: string): Promise<void> {
    await expect(this.callView).toHaveAttribute('data-phase', phase);
  }

  async expectRinging(): Promise<void> {
    await expect(this.element('incoming-accept')).toBeVisible();
  }

  async answer(how: 'accept' | 'voice' | 'decline' = 'accept'): Promise<void> {
    await this.element(`incoming-${how}`).click();
  }

  async hangUp(): Promise<void> {
    await this.revealControls();
    await this.element('hang-up').click();
  }

  async toggle(what: 'mic' | 'camera'): Promise<void> {
    await this.revealControls();
    await this.element(`${what}-toggle`).click();
  }

  /** Header and bar fade after a while without the pointer. */
  async revealControls(): Promise<void> {
    await this.page.mouse.move(200, 200);
    await this.page.mouse.move(210, 210);
  }

  async expectEnded(reason: string): Promise<void> {
    await expect(this.element('end-reason')).toHaveAttribute('data-reason', reason);
    await expect(this.element('end-reason')).not.toBeEmpty();
  }

  /** Back to the home screen from an ended call, if there is one. */
  async close(): Promise<void> {
    await this.element('call-close').click();
    await expect(this.element('dial-input')).toBeVisible();
  }

  async remoteMedia(): Promise<PlayedMedia> {
    return probeMedia(this.remoteVideo);
  }

  /** New remote frames arrive from now on. */
  async expectFramesFlow(): Promise<void> {
    const before = await frameCount(this.remoteVideo);
    await expect.poll(async () => frameCount(this.remoteVideo)).toBeGreaterThan(before + 5);
  }

  /** A real picture and real sound come from the other side. */
  async expectPictureAndSound(): Promise<void> {
    await this.expectFramesFlow();
    await expect.poll(async () => (await this.remoteMedia()).contrast).toBeGreaterThan(40);
    await expect.poll(async () => (await this.remoteMedia()).audioPeak).toBeGreaterThan(0.01);
  }

  /** Labels of the devices that are open now. */
  async capturedDevices(): Promise<{ readonly camera: string; readonly microphone: string }> {
    return this.page.evaluate(() => {
      const { tracks } = (globalThis as unknown as { __resources: { tracks: Set<MediaStreamTrack> } })
        .__resources;
      const live = [...tracks].filter((track) => track.readyState === 'live');
      const label = (kind: string) => live.find((track) => track.kind === kind)?.label ?? '';
      return { camera: label('video'), microphone: label('audio') };
    });
  }

  /** `{ live tracks, open peer connections }` of this page, as `countResources` tracks them. */
  async resources(): Promise<{ readonly tracks: number; readonly connections: number }> {
    return this.page.evaluate(() => {
      const { tracks, connections } = (
        globalThis as unknown as {
          __resources: { tracks: Set<MediaStreamTrack>; connections: Set<RTCPeerConnection> };
        }
      ).__resources;
      return {
        tracks: [...tracks].filter((track) => track.readyState === 'live').length,
        connections: [...connections].filter((connection) => connection.connectionState !== 'closed').length,
      };
    });
  }
}
