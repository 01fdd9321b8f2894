import { fakeTrack } from './FakeMedia.ts';

/** webrtc-extensions, section 5.4; TypeScript's DOM does not know it yet. */
interface SetParameterOptions {
  readonly encodingOptions: readonly { readonly keyFrame: boolean }[];
}

/** RTCRtpTransceiver as far as the engine relies on it. */
export interface FakeTransceiver {
  readonly kind: 'audio' | 'video';
  direction: RTCRtpTransceiverDirection;
  /** As `setCodecPreferences` was told. */
  codecs: readonly RTCRtpCodec[];
  setCodecPreferences(codecs: readonly RTCRtpCodec[]): void;
  readonly sender: {
    track: MediaStreamTrack | null;
    replaceTrack(track: MediaStreamTrack | null): Promise<void>;
    setStreams(...streams: MediaStream[]): void;
    transport: FakeDtlsTransport | null;
    getParameters(): RTCRtpSendParameters;
    setParameters(parameters: RTCRtpSendParameters, options?: SetParameterOptions): Promise<void>;
    /** How many whole pictures were asked of the encoder. */
    keyFrames: number;
  };
  readonly receiver: { readonly track: MediaStreamTrack };
}

/** RTCDtlsTransport, as far. */
export class FakeDtlsTransport extends EventTarget {
  readonly iceTransport: EventTarget;
  state: RTCDtlsTransportState = 'new';

  constructor(iceTransport: EventTarget) {
    super();
    this.iceTransport = iceTransport;
  }

  setState(state: RTCDtlsTransportState): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

/** What the browser throws. */
export const named = (name: string): Error => Object.assign(new Error(name), { name });

export function transceiverOf(
  kind: 'audio' | 'video',
  direction: RTCRtpTransceiverDirection,
): FakeTransceiver {
  let parameters: Omit<RTCRtpSendParameters, 'transactionId'> = {
    encodings: [{ active: true }],
    codecs: [],
    headerExtensions: [],
    rtcp: {},
  };
  /** Parameters may be written once after each reading (WebRTC, 5.2). */
  let transaction = { id: 0, open: false };
  const sender: FakeTransceiver['sender'] = {
    track: null,
    replaceTrack: async (track) => {
      await Promise.resolve();
      if (track !== null && track.kind !== kind) {
        throw new TypeError('a track of another kind');
      }
      sender.track = track;
    },
    setStreams: () => undefined,
    transport: null,
    keyFrames: 0,
    getParameters: () => {
      transaction = { id: transaction.id + 1, open: true };
      return { ...parameters, transactionId: String(transaction.id) };
    },
    setParameters: async (next, options) => {
      if (!transaction.open || next.transactionId !== String(transaction.id)) {
        throw named('InvalidStateError');
      }
      if (options !== undefined && options.encodingOptions.length !== next.encodings.length) {
        throw named('InvalidModificationError');
      }
      transaction = { ...transaction, open: false };
      await Promise.resolve();
      parameters = next;
      sender.keyFrames += options?.encodingOptions.some(({ keyFrame }) => keyFrame) === true ? 1 : 0;
    },
  };
  const transceiver: FakeTransceiver = {
    ...{ kind, direction, sender },
    receiver: { track: fakeTrack(kind, 'remote') },
    codecs: [],
    setCodecPreferences: (codecs) => {
      transceiver.codecs = codecs;
    },
  };
  return transceiver;
}
