import type { Logger } from '#shared/logging.ts';
import type { DeviceManager } from './DeviceManager.ts';
import { captureConstraints, captureProblem, type CaptureKind } from './captureRules.ts';
import type { MediaPort, PermissionPort } from './ports.ts';

/** One attempt to open a device. Resolved when it is over, or when nobody waits for it any more. */
type Attempt = ReturnType<typeof Promise.withResolvers<undefined>>;

/**
 * One kind of device, held open while it is wanted. Turning off stops the track at once (the light goes
 * out); turning on opens the active device; a change of the active device opens the new one before the old
 * one is stopped. An attempt that is still under way when the device is turned off is given up: it
 * delays nothing, even if the browser never answers, and a track that comes of it late is stopped unseen.
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
  /** The attempt whose outcome counts. */
  #attempt: Attempt | undefined;
  #again = false;

  constructor(options: {
    readonly kind: CaptureKind;
    readonly media: MediaPort;
    readonly permission: PermissionPort;
    readonly devices: DeviceManager;
    readonly logger: Logger;
    /** The track was replaced, lost or stopped, or an attempt to open one failed or was given up. */
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

  /** An attempt to open a device that is wanted is under way. */
  get pending(): boolean {
    return this.#attempt !== undefined;
  }

  /** Resolves when the wish is fulfilled, has definitely failed or was taken back. */
  async settled(): Promise<void> {
    while (this.#attempt !== undefined) {
      await this.#attempt.promise;
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
      const givenUp = this.pending;
      this.#finish();
      if (!this.#drop() && givenUp) {
        this.#onTrack();
      }
      this.#devices.setProblem(this.#kind, null);
    }
  }

  /** Brings the track in line with the active device; tries again where opening failed. */
  refresh(): void {
    if (!this.#wanted || this.#closed) {
      return;
    }
    if (this.#attempt !== undefined) {
      this.#again = true;
      return;
    }
    if (this.#upToDate()) {
      return;
    }
    const attempt: Attempt = Promise.withResolvers();
    this.#attempt = attempt;
    void this.#open(attempt);
  }

  close(): void {
    this.#wanted = false;
    this.#closed = true;
    this.#finish();
    this.#drop();
  }

  #active(): string | undefined {
    return this.#devices.snapshot[this.#kind].active?.deviceId;
  }

  #upToDate(): boolean {
    return this.#track?.readyState === 'live' && this.#openDevice === this.#active();
  }

  /** False once the device was turned off, which may happen during every `await`. */
  #counts(attempt: Attempt): boolean {
    return this.#attempt === attempt;
  }

  /** The devices changed while one was being opened. */
  #mustRepeat(attempt: Attempt): boolean {
    return this.#again && this.#counts(attempt) && !this.#upToDate();
  }

  async #open(attempt: Attempt): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.#openOnce(attempt);
      } while (this.#mustRepeat(attempt));
    } catch (error) {
      this.#log.error('capture failed unexpectedly', { kind: this.#kind, error });
    }
    if (this.#counts(attempt)) {
      this.#finish();
      this.#onTrack();
    }
  }

  /** Whatever comes of the attempt from here on is not looked at. */
  #finish(): void {
    this.#attempt?.resolve(undefined);
    this.#attempt = undefined;
  }

  async #openOnce(attempt: Attempt): Promise<void> {
    // Without a list there is no choice, and the first capture may come before it is there.
    await this.#devices.ready();
    if (!this.#counts(attempt)) {
      return;
    }
    const device = this.#devices.snapshot[this.#kind].active;
    if (device === null) {
      this.#failed('MEDIA_NONE');
      return;
    }
    const allowed = await this.#mayOpen();
    if (!this.#counts(attempt)) {
      return;
    }
    if (!allowed) {
      this.#failed('MEDIA_DENIED_BY_SYSTEM');
      return;
    }
    try {
      const stream = await this.#media.getUserMedia(captureConstraints(this.#kind, device.deviceId));
      const [track] = stream.getTracks();
      if (track !== undefined) {
        this.#take(attempt, track, device.deviceId);
      }
    } catch (error) {
      this.#granted = false;
      const problem = captureProblem(error);
      this.#log.warn('device could not be opened', { kind: this.#kind, problem, error });
      if (this.#counts(attempt)) {
        this.#failed(problem);
      }
    }
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

  #take(attempt: Attempt, track: MediaStreamTrack, deviceId: string): void {
    if (!this.#counts(attempt)) {
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

  /** Stops the track; false when there was none. */
  #drop(): boolean {
    const track = this.#track;
    this.#track = null;
    this.#openDevice = undefined;
    if (track === null) {
      return false;
    }
    track.removeEventListener('ended', this.#onEnded);
    track.stop();
    this.#onTrack();
    return true;
  }
}
