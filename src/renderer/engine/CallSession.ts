import type { Clock, CancelTimer } from '#shared/clock.ts';
import type { IceCandidate, SessionDescription } from '#shared/call/messages.ts';
import type { Unsubscribe } from '#shared/emitter.ts';
import type { CallId } from '#shared/identity/ids.ts';
import type { Logger } from '#shared/logging.ts';
import type { CallEvent } from './callState.ts';
import type { CaptureKind } from './captureRules.ts';
import type { LocalMedia } from './LocalMedia.ts';
import { PeerTransport } from './PeerTransport.ts';
import type { RtcPort } from './ports.ts';

/** A driver that never answers must not keep the call from going out. Milliseconds. */
const captureLimit = 15_000;

/**
 * One call: its transport, and the own media on it. Reports as events of the call machine and decides
 * nothing that the machine could.
 */
export class CallSession {
  readonly #callId: CallId;
  readonly #role: 'caller' | 'callee';
  readonly #media: LocalMedia;
  readonly #clock: Clock;
  readonly #onEvent: (event: CallEvent) => void;
  readonly #onRemoteTracks: (stream: MediaStream) => void;
  readonly #transport: PeerTransport;
  readonly #unsubscribe: Unsubscribe[];
  readonly #cancelTimers: CancelTimer[] = [];
  /** What the peer sends. Tracks join it as they are negotiated. */
  readonly remoteStream: MediaStream;
  /** The transport was started: tracks may be attached. */
  #begun = false;

  constructor(options: {
    readonly callId: CallId;
    readonly role: 'caller' | 'callee';
    readonly polite: boolean;
    readonly rtc: RtcPort;
    readonly media: LocalMedia;
    readonly clock: Clock;
    readonly iceServers: readonly RTCIceServer[];
    readonly logger: Logger;
    readonly onEvent: (event: CallEvent) => void;
    /** Sound of the peer has joined the stream. */
    readonly onRemoteTracks: (stream: MediaStream) => void;
  }) {
    const { callId, rtc } = options;
    this.#callId = callId;
    this.#role = options.role;
    this.#media = options.media;
    this.#clock = options.clock;
    this.#onEvent = options.onEvent;
    this.#onRemoteTracks = options.onRemoteTracks;
    this.remoteStream = rtc.createStream();
    this.#transport = new PeerTransport({
      rtc,
      polite: options.polite,
      configuration: { iceServers: [...options.iceServers], bundlePolicy: 'max-bundle' },
      logger: options.logger,
    });
    this.#unsubscribe = this.#listen();
  }

  /**
   * Prepares the offer while the devices open; the invite goes out when they are open or have failed, with
   * everything that was gathered meanwhile.
   */
  offer(): void {
    this.#begin('offerer');
  }

  /** Connects at once; devices that are still opening are attached when they are there. */
  answer(): void {
    this.#begin('answerer');
  }

  remoteDescription(generation: number, description: SessionDescription): void {
    this.#transport.receiveDescription(generation, description);
  }

  remoteCandidate(generation: number, candidate: IceCandidate | null): void {
    this.#transport.receiveCandidate(generation, candidate);
  }

  restartIce(): void {
    this.#transport.restartIce();
  }

  close(): void {
    for (const cancel of [...this.#unsubscribe, ...this.#cancelTimers]) {
      cancel();
    }
    this.#transport.close();
    for (const track of this.remoteStream.getTracks()) {
      this.remoteStream.removeTrack(track);
    }
  }

  #begin(side: 'offerer' | 'answerer'): void {
    this.#begun = true;
    this.#attach('camera');
    this.#attach('microphone');
    this.#transport.start(side);
  }

  #listen(): Unsubscribe[] {
    const transport = this.#transport;
    return [
      transport.on('description', ({ generation }) => this.#onDescription(generation)),
      transport.on('candidate', ({ generation, candidate }) =>
        this.#onEvent({ type: 'localCandidate', callId: this.#callId, generation, candidate }),
      ),
      transport.on('state', (state) => this.#onEvent({ type: 'transport', callId: this.#callId, state })),
      transport.on('track', (track) => {
        this.remoteStream.addTrack(track);
        if (track.kind === 'audio') {
          this.#onRemoteTracks(this.remoteStream);
        }
      }),
      transport.on('rejected', () => this.#fail('CALL_DESCRIPTION_REJECTED')),
      transport.on('failed', () => this.#fail('CALL_TRANSPORT_FAILED')),
      this.#media.on('track', ({ kind }) => this.#attach(kind)),
    ];
  }

  /** The first offer waits for the devices: nothing rings at the callee before the caller can talk. */
  #onDescription(generation: number): void {
    if (this.#role === 'callee' || generation > 0) {
      this.#reportDescription(generation);
      return;
    }
    let reported = false;
    const report = (): void => {
      if (!reported) {
        reported = true;
        this.#reportDescription(generation);
      }
    };
    const limit = this.#clock.after(captureLimit, report);
    this.#cancelTimers.push(limit);
    void this.#media.settled().then(() => {
      limit();
      report();
    });
  }

  /** With the candidates gathered so far. */
  #reportDescription(generation: number): void {
    const description = this.#transport.localDescription;
    if (description !== undefined) {
      this.#onEvent({ type: 'localDescription', callId: this.#callId, generation, description });
    }
  }

  #attach(kind: CaptureKind): void {
    if (this.#begun) {
      this.#transport.setTrack(kind === 'camera' ? 'video' : 'audio', this.#media.track(kind));
    }
  }

  #fail(code: 'CALL_DESCRIPTION_REJECTED' | 'CALL_TRANSPORT_FAILED'): void {
    this.#onEvent({ type: 'sessionFailed', callId: this.#callId, code });
  }
}
