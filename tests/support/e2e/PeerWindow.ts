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
      const { tracks } = (globalThis as unknown as { __resources: Resources }).__resources;
      const live = [...tracks].filter((track) => track.readyState === 'live');
      const label = (kind: string) => live.find((track) => track.kind === kind)?.label ?? '';
      return { camera: label('video'), microphone: label('audio') };
    });
  }

  /** What this page has open, as `countResources` tracks it; what is closed is forgotten, so that it can go. */
  async resources(): Promise<{ readonly tracks: number; readonly connections: number }> {
    return this.page.evaluate(() => {
      const { tracks, connections } = (globalThis as unknown as { __resources: Resources }).__resources;
      for (const track of tracks) {
        if (track.readyState !== 'live') {
          tracks.delete(track);
        }
      }
      for (const connection of connections) {
        if (connection.connectionState === 'closed') {
          connections.delete(connection);
        }
      }
      return { tracks: tracks.size, connections: connections.size };
    });
  }

  /** Listeners on window, document and the list of devices: what would pile up from call to call. */
  async listenerCount(): Promise<number> {
    return this.page.evaluate(() => {
      const { listeners } = (globalThis as unknown as { __resources: Resources }).__resources;
      return [...listeners.values()].reduce((sum, entries) => sum + entries.length, 0);
    });
  }

  /** Begins to note when remote frames are shown. */
  async watchFrames(): Promise<void> {
    await this.page.evaluate(() => {
      const video = document.querySelector('[data-testid="remote-video"]');
      if (!(video instanceof HTMLVideoElement)) {
        throw new TypeError('not a video element');
      }
      const state = window as unknown as { __frameGap: number };
      state.__frameGap = 0;
      let last = performance.now();
      const note = (): void => {
        const now = performance.now();
        state.__frameGap = Math.max(state.__frameGap, now - last);
        last = now;
        video.requestVideoFrameCallback(note);
      };
      video.requestVideoFrameCallback(note);
    });
  }

  /** The longest time without a new remote frame since `watchFrames`, milliseconds. */
  async longestFrameGap(): Promise<number> {
    return this.page.evaluate(() => (window as unknown as { __frameGap: number }).__frameGap);
  }
}

/** What `countResources` keeps in the page. */
interface Resources {
  readonly tracks: Set<MediaStreamTrack>;
  readonly connections: Set<RTCPeerConnection>;
  readonly listeners: ReadonlyMap<unknown, readonly unknown[]>;
}
