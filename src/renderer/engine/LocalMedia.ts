import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { Logger } from '#shared/logging.ts';
import { sameSending } from './callSteps.ts';
import { Capture } from './Capture.ts';
import type { CaptureKind } from './captureRules.ts';
import type { DeviceManager } from './DeviceManager.ts';
import type { MediaPort, PermissionPort } from './ports.ts';
import type { PreviewKinds, SendingState } from './types.ts';

interface LocalMediaEvents {
  /** The track of a kind is another one, or none. */
  readonly track: { readonly kind: CaptureKind; readonly track: MediaStreamTrack | null };
  /** What a call sends changed. A device that is being opened counts as before until it is open or has failed. */
  readonly sending: SendingState;
  /** A call wants the camera, and it is being opened. */
  readonly cameraOpening: boolean;
}

/**
 * The own camera and microphone: opened once, shared by the preview and the call. The camera is open only
 * while the preview or the call shows it. Muting keeps the microphone open with its track disabled (it comes
 * back at once); camera off stops the track, so that its light goes out.
 */
export class LocalMedia {
  readonly #events: Emitter<LocalMediaEvents>;
  readonly #captures: Readonly<Record<CaptureKind, Capture>>;
  readonly #unsubscribe: Unsubscribe;
  #preview: PreviewKinds = { camera: false, microphone: false };
  /** What the person wants to send in the call; null outside of one. */
  #call: { readonly camera: boolean; readonly microphone: boolean } | null = null;
  /** The picture is not sent for a while, because the network is too bad for it. */
  #held = false;
  /** What the call was last said to send. */
  #sending: SendingState = { microphone: false, camera: false, screen: false };
  #cameraOpening = false;
  #lastTrack: Record<CaptureKind, MediaStreamTrack | null> = { camera: null, microphone: null };

  constructor(options: {
    readonly media: MediaPort;
    readonly permission: PermissionPort;
    readonly devices: DeviceManager;
    readonly logger: Logger;
  }) {
    const { media, permission, devices, logger } = options;
    this.#events = new Emitter((error) => logger.error('media listener failed', { error }));
    const capture = (kind: CaptureKind) =>
      new Capture({ kind, media, permission, devices, logger, onTrack: () => this.#report(kind) });
    this.#captures = { camera: capture('camera'), microphone: capture('microphone') };
    this.#unsubscribe = devices.on('listed', () => this.#retry());
  }

  on<K extends keyof LocalMediaEvents>(
    event: K,
    listener: (payload: LocalMediaEvents[K]) => void,
  ): Unsubscribe {
    return this.#events.on(event, listener);
  }

  track(kind: CaptureKind): MediaStreamTrack | null {
    return this.#captures[kind].track;
  }

  /** What is shown outside of a call: the picture of the camera, the level of the microphone. */
  setPreview(kinds: PreviewKinds): void {
    this.#preview = kinds;
    this.#apply();
    this.#retry();
  }

  /** A call takes what is wanted to be sent until a device turns out not to open. */
  startCall(wanted: { readonly camera: boolean }): void {
    this.#call = { camera: wanted.camera, microphone: true };
    this.#sending = { ...this.#call, screen: false };
    this.#apply();
    this.#retry();
    this.#reportSending();
  }

  /** Stops what only the call needed; done when it returns. */
  endCall(): void {
    this.#call = null;
    this.#held = false;
    this.#apply();
    this.#reportOpening();
  }

  setCallCamera(on: boolean): void {
    if (this.#call !== null) {
      this.#call = { ...this.#call, camera: on };
      this.#apply();
      this.#captures.camera.refresh();
      this.#reportOpening();
    }
  }

  /** The camera stays open, and a call does not count as sending it. */
  holdCamera(held: boolean): void {
    this.#held = held;
    if (this.#call !== null) {
      this.#reportSending();
    }
  }

  setCallMicrophone(on: boolean): void {
    if (this.#call !== null) {
      this.#call = { ...this.#call, microphone: on };
      this.#apply();
      this.#captures.microphone.refresh();
      this.#reportSending();
    }
  }

  /** Resolves when every device that is wanted is open or has definitely failed. */
  async settled(): Promise<void> {
    await Promise.all([this.#captures.camera.settled(), this.#captures.microphone.settled()]);
  }

  close(): void {
    this.#unsubscribe();
    this.#captures.camera.close();
    this.#captures.microphone.close();
    this.#events.clear();
  }

  #apply(): void {
    const call = this.#call;
    this.#captures.camera.want(call === null ? this.#preview.camera : call.camera);
    this.#captures.microphone.want(call !== null || this.#preview.microphone);
    this.#applyMute();
  }

  /** A device that failed before is worth another attempt when the person asks for it again. */
  #retry(): void {
    this.#captures.camera.refresh();
    this.#captures.microphone.refresh();
  }

  #applyMute(): void {
    const { track } = this.#captures.microphone;
    if (track !== null) {
      track.enabled = this.#call?.microphone ?? true;
    }
  }

  #report(kind: CaptureKind): void {
    this.#applyMute();
    const { track } = this.#captures[kind];
    if (this.#lastTrack[kind] !== track) {
      this.#lastTrack[kind] = track;
      this.#events.emit('track', { kind, track });
    }
    this.#reportSending();
  }

  /** Each kind on its own: a driver that hangs must not hide what becomes of the other. */
  #reportSending(): void {
    this.#reportOpening();
    const sends = (kind: CaptureKind): boolean => {
      const { track, pending } = this.#captures[kind];
      return this.#call?.[kind] === true && (track !== null || (pending && this.#sending[kind]));
    };
    const sending = {
      microphone: sends('microphone'),
      camera: sends('camera') && !this.#held,
      screen: false,
    };
    if (!sameSending(sending, this.#sending)) {
      this.#sending = sending;
      this.#events.emit('sending', sending);
    }
  }

  #reportOpening(): void {
    const { track, pending } = this.#captures.camera;
    const opening = this.#call?.camera === true && track === null && pending;
    if (opening !== this.#cameraOpening) {
      this.#cameraOpening = opening;
      this.#events.emit('cameraOpening', opening);
    }
  }
}
