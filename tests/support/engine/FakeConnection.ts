import type { StatsReport } from '../../../src/renderer/engine/callStats.ts';
import type { FakeRtcNetwork } from './FakeRtcNetwork.ts';
import { FakeDtlsTransport, named, transceiverOf, type FakeTransceiver } from './FakeTransceiver.ts';

const ufragOf = (sdp: string | undefined): string => sdp?.match(/a=ice-ufrag:(\S+)/)?.[1] ?? '';

/** RTCPeerConnection as far as the engine relies on it; `peerConnectionSuite` keeps it honest. */
export class FakeConnection extends EventTarget {
  readonly #network: FakeRtcNetwork;
  readonly #transceivers: FakeTransceiver[] = [];
  readonly #remoteCandidates = new Set<string>();
  /** One for all media, because they are bundled. */
  readonly #ice = new EventTarget();
  readonly #dtls = new FakeDtlsTransport(this.#ice);
  /** The credentials of both ends under which packets flow. */
  #path = '';
  /** How many candidates of the peer were taken. */
  candidates = 0;
  #restart = false;
  #ufrag = '';
  /** What `getStats` tells. */
  stats: StatsReport = new Map();
  configuration: RTCConfiguration;
  connectionState: RTCPeerConnectionState = 'new';
  signalingState: RTCSignalingState = 'stable';
  localDescription: RTCSessionDescriptionInit | null = null;
  remoteDescription: RTCSessionDescriptionInit | null = null;

  constructor(network: FakeRtcNetwork, configuration: RTCConfiguration) {
    super();
    this.#network = network;
    this.configuration = configuration;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.#assertOpen();
    this.configuration = configuration;
  }

  async getStats(): Promise<StatsReport> {
    await Promise.resolve();
    return this.stats;
  }

  getSenders(): FakeTransceiver['sender'][] {
    return this.#transceivers.map(({ sender }) => sender);
  }

  /** The certificate at the other end is not the one of the description. */
  failDtls(): void {
    for (const { sender } of this.#transceivers) {
      sender.transport = this.#dtls;
    }
    this.#dtls.setState('failed');
    this.setState('failed');
  }

  /** The peer's first packets come. */
  receiveMedia(): void {
    for (const { receiver } of this.#transceivers) {
      receiver.track.dispatchEvent(new Event('unmute'));
    }
  }

  addTransceiver(kind: 'audio' | 'video', init: RTCRtpTransceiverInit): FakeTransceiver {
    const transceiver = transceiverOf(kind, init.direction ?? 'sendrecv');
    this.#transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers(): FakeTransceiver[] {
    return [...this.#transceivers];
  }

  restartIce(): void {
    this.#restart = true;
  }

  async createOffer(options: RTCOfferOptions = {}): Promise<RTCSessionDescriptionInit> {
    await Promise.resolve();
    this.#assertOpen();
    if (this.#ufrag === '' || this.#restart || options.iceRestart === true) {
      this.#ufrag = this.#network.nextUfrag();
      this.#restart = false;
    }
    return { type: 'offer', sdp: this.#sdp() };
  }

  async createAnswer(): Promise<RTCSessionDescriptionInit> {
    await Promise.resolve();
    this.#assertOpen();
    if (this.signalingState !== 'have-remote-offer') {
      throw named('InvalidStateError');
    }
    this.#ufrag = this.#network.nextUfrag();
    return { type: 'answer', sdp: this.#sdp() };
  }

  async setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
    await Promise.resolve();
    this.#assertOpen();
    this.localDescription = description;
    for (const { sender } of this.#transceivers) {
      sender.transport ??= this.#dtls;
    }
    this.#setSignaling(description.type === 'offer' ? 'have-local-offer' : 'stable');
    queueMicrotask(() => this.#gather());
    this.#network.join();
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
    await Promise.resolve();
    this.#assertOpen();
    const sdp = description.sdp ?? '';
    if (!sdp.startsWith('v=0')) {
      throw named('OperationError');
    }
    if (description.type === 'answer' && this.signalingState !== 'have-local-offer') {
      throw named('InvalidStateError');
    }
    if (ufragOf(this.remoteDescription?.sdp) !== ufragOf(sdp)) {
      this.#remoteCandidates.clear();
    }
    this.remoteDescription = description;
    this.#setSignaling(description.type === 'offer' ? 'have-remote-offer' : 'stable');
    if (description.type === 'offer' && this.#transceivers.length === 0) {
      for (const [, kind] of sdp.matchAll(/^m=(audio|video) /gm)) {
        const transceiver = transceiverOf(kind === 'audio' ? 'audio' : 'video', 'recvonly');
        this.#transceivers.push(transceiver);
      }
    }
    this.#announceTracks();
    this.#network.join();
  }

  async addIceCandidate(candidate?: RTCIceCandidateInit): Promise<void> {
    await Promise.resolve();
    if (this.remoteDescription === null) {
      throw named('InvalidStateError');
    }
    this.candidates += 1;
    const ufrag = candidate?.usernameFragment;
    if (typeof ufrag === 'string') {
      if (ufrag !== ufragOf(this.remoteDescription.sdp)) {
        throw named('OperationError');
      }
      this.#remoteCandidates.add(ufrag);
      this.#network.join();
    }
  }

  close(): void {
    this.#network.leave(this);
    this.signalingState = 'closed';
    this.connectionState = 'closed';
  }

  /** The other end has closed the connection. */
  peerCloses(): void {
    this.#dtls.setState('closed');
  }

  /** This end knows that one: its description is in force here, with a candidate of it. */
  matches(other: FakeConnection): boolean {
    const theirs = ufragOf(this.remoteDescription?.sdp);
    return (
      this.signalingState === 'stable' &&
      other.signalingState !== 'closed' &&
      theirs !== '' &&
      theirs === ufragOf(other.localDescription?.sdp) &&
      (this.#remoteCandidates.has(theirs) || (this.remoteDescription?.sdp ?? '').includes('a=candidate'))
    );
  }

  /** Packets flow under the descriptions that are in force. */
  pathStands(): void {
    const path = `${ufragOf(this.localDescription?.sdp)} ${ufragOf(this.remoteDescription?.sdp)}`;
    if (path !== this.#path) {
      this.#path = path;
      this.#ice.dispatchEvent(new Event('selectedcandidatepairchange'));
    }
    this.setState('connected');
  }

  setState(state: RTCPeerConnectionState): void {
    if (this.connectionState !== state && this.signalingState !== 'closed') {
      this.connectionState = state;
      queueMicrotask(() => {
        if (this.connectionState === state) {
          this.dispatchEvent(new Event('connectionstatechange'));
        }
      });
    }
  }

  #gather(): void {
    if (this.signalingState === 'closed' || this.localDescription === null) {
      return;
    }
    const kinds =
      this.configuration.iceTransportPolicy === 'relay' ? ['relay raddr 192.0.2.1 rport 9'] : ['host'];
    const lines = kinds.map((kind) => `candidate:1 1 udp 1 192.0.2.1 9 typ ${kind} ufrag ${this.#ufrag}`);
    const sdp = (this.localDescription.sdp ?? '') + lines.map((line) => `a=${line}\r\n`).join('');
    this.localDescription = { type: this.localDescription.type, sdp };
    for (const candidate of [
      ...lines.map((line) => ({
        ...{ candidate: line, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: this.#ufrag },
      })),
      null,
    ]) {
      this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }));
    }
  }

  #announceTracks(): void {
    for (const { receiver } of this.#transceivers) {
      if (!this.#announced.has(receiver.track)) {
        this.#announced.add(receiver.track);
        this.dispatchEvent(Object.assign(new Event('track'), { track: receiver.track }));
      }
    }
  }

  readonly #announced = new Set<MediaStreamTrack>();

  #sdp(): string {
    const sections = this.#transceivers.map(({ kind }) => `m=${kind} 9 UDP/TLS/RTP/SAVPF 96\r\n`).join('');
    return `v=0\r\n${sections}a=ice-ufrag:${this.#ufrag}\r\n`;
  }

  #setSignaling(state: RTCSignalingState): void {
    this.signalingState = state;
    this.dispatchEvent(new Event('signalingstatechange'));
  }

  #assertOpen(): void {
    if (this.signalingState === 'closed') {
      throw named('InvalidStateError');
    }
  }
}
