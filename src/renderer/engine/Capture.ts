import type { Logger } from '#shared/logging.ts';
import type { DeviceManager } from './DeviceManager.ts';
import { captureConstraints, captureProblem, type CaptureKind } from './captureRules.ts';
import type { MediaPort, PermissionPort } from './ports.ts';

/**
 * One kind of device, held open while it is wanted. Turning off stops the track at once (the light goes
 * out); turning on opens the active device; a change of the active device opens the new one before the old
 * one is stopped. An answer of the browser that comes after the wish changed is stopped unseen.
 */
export class Capture {
  readonly #kind: CaptureKind;
  readonly #media: MediaPort;
  readonly #permission: PermissionPort;
  readonly #devices: DeviceManager;
  readonly #log: Logger;
  readonly #onTrack: () => void;
  #wanted = false;
  #closed = false;
  #track: MediaStreamTrack | null = null;
  /** The device that `#track` was opened from. */
  #openDevice: string | undefined;
  #granted = false;
  #work: Promise<void> | undefined;
  #again = false;

  constructor(options: {
    readonly kind: CaptureKind;
    readonly media: MediaPort;
    readonly permission: PermissionPort;
    readonly devices: DeviceManager;
    readonly logger: Logger;
    /** The track was replaced, lost or stopped, or an attempt to open one failed. */
    readonly onTrack: () => void;
  }) {
    this.#kind = options.kind;
    this.#media = options.media;
    this.#permission = options.permission;
    this.#devices = options.devices;
    this.#log = options.logger;
    this.#onTrack = options.onTrack;
  }

  /** The open track, or null. */
  get track(): MediaStreamTrack | null {
    return this.#track;
  }

  /** An attempt to open a device is under way. */
  get pending(): boolean {
    return this.#work !== undefined;
  }

  /** Resolves when the wish is fulfilled or has definitely failed. */
  async settled(): Promise<void> {
    while (this.#work !== undefined) {
      await this.#work;
    }
  }

  want(on: boolean): void {
    if (this.#closed || this.#wanted === on) {
      return;
    }
    this.#wanted = on;
    if (on) {
      this.refresh();
    } else {
      this.#drop();
      this.#devices.setProblem(this.#kind, null);
    }
  }

  /** Brings the track in line with the active device; tries again where opening failed. */
  refresh(): void {
    if (!this.#isWanted() || this.#closed) {
      return;
    }
    if (this.#work !== undefined) {
      this.#again = true;
      return;
    }
    if (this.#upToDate()) {
      return;
    }
    this.#work = this.#open();
  }

  close(): void {
    this.#wanted = false;
    this.#closed = true;
    this.#drop();
  }

  #active(): string | undefined {
    return this.#devices.snapshot[this.#kind].active?.deviceId;
  }

  #upToDate(): boolean {
    return this.#track?.readyState === 'live' && this.#openDevice === this.#active();
  }

  /** The devices changed while one was being opened. */
  #mustRepeat(): boolean {
    return this.#again && this.#wanted && !this.#upToDate();
  }

  async #open(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.#openOnce();
      } while (this.#mustRepeat());
    } catch (error) {
      this.#log.error('capture failed unexpectedly', { kind: this.#kind, error });
    } finally {
      this.#work = undefined;
    }
    this.#onTrack();
  }

  async #openOnce(): Promise<void> {
    // Without a list there is no choice, and the first capture may come before it is there.
    await this.#devices.ready();
    const device = this.#devices.snapshot[this.#kind].active;
    if (device === null) {
      this.#failed('MEDIA_NONE');
      return;
    }
    if (!(await this.#mayOpen())) {
      this.#failed('MEDIA_DENIED_BY_SYSTEM');
      return;
    }
    if (!this.#isWanted()) {
      return;
    }
    try {
      const stream = await this.#media.getUserMedia(captureConstraints(this.#kind, device.deviceId));
      const [track] = stream.getTracks();
      if (track !== undefined) {
        this.#take(track, device.deviceId);
      }
    } catch (error) {
      this.#granted = false;
      const problem = captureProblem(error);
      this.#log.warn('device could not be opened', { kind: this.#kind, problem, error });
      if (this.#isWanted()) {
        this.#failed(problem);
      }
    }
  }

  /** A method, because the wish may change during every `await`. */
  #isWanted(): boolean {
    return this.#wanted;
  }

  async #mayOpen(): Promise<boolean> {
    if (!this.#granted) {
      const access = await this.#permission.access(this.#kind);
      if (access.ok && access.value === 'denied') {
        return false;
      }
      this.#granted = true;
    }
    return true;
  }

  #take(track: MediaStreamTrack, deviceId: string): void {
    if (!this.#wanted) {
      track.stop();
      return;
    }
    const previous = this.#track;
    this.#track = track;
    this.#openDevice = deviceId;
    track.addEventListener('ended', this.#onEnded);
    if (previous !== null) {
      previous.removeEventListener('ended', this.#onEnded);
      // The new track takes its place before the old one goes dark.
      this.#onTrack();
      previous.stop();
    }
    this.#devices.setProblem(this.#kind, null);
    if (deviceId === '') {
      // With the permission come the names.
      this.#devices.scheduleList();
    }
  }

  #failed(problem: Parameters<DeviceManager['setProblem']>[1]): void {
    this.#drop();
    this.#devices.setProblem(this.#kind, problem);
  }

  /** The device went away, or the system took it: the list decides what comes next. */
  readonly #onEnded = (): void => {
    this.#log.info('track ended by itself', { kind: this.#kind });
    this.#devices.scheduleList();
  };

  #drop(): void {
    const track = this.#track;
    this.#track = null;
    this.#openDevice = undefined;
    if (track !== null) {
      track.removeEventListener('ended', this.#onEnded);
      track.stop();
      this.#onTrack();
    }
  }
}
