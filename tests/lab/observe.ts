/** One look at what a page has received so far; the totals belong to one connection. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Which connection of the page, counted from 1; 0: there is none. */
  readonly connection: number;
  /** Samples of sound that were played, and those of them that were made up because nothing came. */
  readonly played: number;
  readonly concealed: number;
  /** Frames of picture that were shown. */
  readonly frames: number;
}

/** An ICE candidate as it stands in a message. */
interface SeenCandidate {
  /** `own`: this page's browser made it; `theirs`: the peer's app sent it. */
  readonly whose: 'own' | 'theirs';
  readonly type: string;
  /** The related address (RFC 8839 section 5.1), which names what a relay or a router was reached from. */
  readonly related: string;
}

export interface Observation {
  readonly samples: readonly Sample[];
  readonly candidates: readonly SeenCandidate[];
  /** When the person pressed the button that accepts; null: not here. */
  readonly acceptedAt: number | null;
  /** When the first picture of the other side was shown. */
  readonly firstFrameAt: number | null;
  /** What the window and its connections said of themselves, oldest first. */
  readonly events: readonly { readonly what: string; readonly at: number }[];
  readonly endReason: string | null;
}

/** The path that is in use, as getStats of the page tells it. */
export interface SelectedPath {
  readonly local: PathEnd;
  readonly remote: PathEnd;
}

interface PathEnd {
  /** `host`, `srflx`, `prflx` or `relay`. */
  readonly type: string;
  readonly address: string;
  /** Of packets on this end: `udp` or `tcp`; of a relay: how it is reached, `tls` among them. */
  readonly over: string;
}

/** Between two samples, milliseconds. */
const EVERY_MS = 100;

/** Runs in the page before the app's scripts and only looks. It may refer to nothing outside of itself. */
function observe(everyMs: number): void {
  const connections: RTCPeerConnection[] = [];
  const state = {
    samples: [] as Sample[],
    candidates: [] as SeenCandidate[],
    acceptedAt: null as number | null,
    firstFrameAt: null as number | null,
    events: [] as { what: string; at: number }[],
    endReason: null as string | null,
  };
  const find = (name: string): HTMLElement | null => document.querySelector(`[data-testid="${name}"]`);

  const note = (what: string): void => {
    state.events.push({ what, at: Date.now() });
  };
  const said = new Map<string, string>();
  const noteChange = (subject: string, value: string | undefined): void => {
    if (value !== undefined && value !== said.get(subject)) {
      said.set(subject, value);
      note(`${subject} ${value}`);
    }
  };
  const noteCandidates = (whose: 'own' | 'theirs', text: string | undefined): void => {
    for (const [, type = '', rest = ''] of (text ?? '').matchAll(/candidate:.* typ (\w+)(.*)/g)) {
      state.candidates.push({ whose, type, related: / raddr (\S+)/.exec(rest)?.[1] ?? '' });
    }
  };
  const Native = globalThis.RTCPeerConnection;
  const followed = new Set<RTCIceTransport>();
  const followPath = (transport: RTCIceTransport | undefined): void => {
    if (transport !== undefined && !followed.has(transport)) {
      followed.add(transport);
      transport.addEventListener('selectedcandidatepairchange', () => {
        const pair = transport.getSelectedCandidatePair();
        note(`path ${pair?.local.type ?? 'none'} ${pair?.remote.type ?? 'none'}`);
      });
    }
  };
  globalThis.RTCPeerConnection = class RTCPeerConnection extends Native {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
      this.addEventListener('icecandidate', ({ candidate }) => {
        noteCandidates('own', candidate?.candidate);
        if (candidate?.address) {
          note(`own ${candidate.type ?? ''} candidate ${candidate.address}`);
        }
      });
      this.addEventListener('signalingstatechange', () => {
        noteCandidates('own', this.localDescription?.sdp);
        followPath(this.getTransceivers()[0]?.sender.transport?.iceTransport);
      });
      this.addEventListener('iceconnectionstatechange', () => note(`ice ${this.iceConnectionState}`));
      this.addEventListener('connectionstatechange', () => note(`transport ${this.connectionState}`));
    }
    override async setLocalDescription(description?: RTCLocalSessionDescriptionInit): Promise<void> {
      note(`own ${description?.type ?? 'description'}`);
      return super.setLocalDescription(description);
    }
    // What is handed over here is what the other app has sent, opened.
    override async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      note(`their ${description.type}`);
      noteCandidates('theirs', description.sdp);
      return super.setRemoteDescription(description);
    }
    override async addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
      noteCandidates('theirs', candidate?.candidate);
      return super.addIceCandidate(candidate);
    }
  };

  const current = (): RTCPeerConnection | undefined =>
    connections.findLast((connection) => connection.connectionState !== 'closed');

  let watched: HTMLVideoElement | null = null;
  let frames = 0;
  const watch = (video: HTMLVideoElement): void => {
    watched = video;
    const count = (): void => {
      frames += 1;
      state.firstFrameAt ??= Date.now();
      video.requestVideoFrameCallback(count);
    };
    video.requestVideoFrameCallback(count);
  };
  const look = (): void => {
    noteChange('call', find('call-view')?.dataset.phase);
    noteChange('server', find('connection-state')?.dataset.phase);
    state.endReason = find('end-reason')?.dataset.reason ?? state.endReason;
    const video = find('remote-video');
    if (video instanceof HTMLVideoElement && video !== watched) {
      watch(video);
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
  document.addEventListener(
    'click',
    ({ target }) => {
      if (target instanceof Element && target.closest('[data-testid="incoming-accept"]') !== null) {
        state.acceptedAt = Date.now();
      }
    },
    true,
  );

  const sample = async (): Promise<void> => {
    const connection = current();
    let played = 0;
    let concealed = 0;
    const receiver = connection?.getReceivers().find(({ track }) => track.kind === 'audio');
    for (const entry of (await receiver?.getStats())?.values() ?? []) {
      const stats = entry as RTCInboundRtpStreamStats;
      if (stats.type === 'inbound-rtp') {
        played += stats.totalSamplesReceived ?? 0;
        concealed += stats.concealedSamples ?? 0;
      }
    }
    const number = connection === undefined ? 0 : connections.indexOf(connection) + 1;
    state.samples.push({ at: Date.now(), connection: number, played, concealed, frames });
  };
  setInterval(() => void sample().catch(() => undefined), everyMs);

  const path = async (): Promise<SelectedPath | null> => {
    const report = await current()?.getStats();
    const entries = new Map<string, Record<string, unknown>>();
    report?.forEach((entry: Record<string, unknown>) => entries.set(String(entry.id), entry));
    const transport = [...entries.values()].find(({ type }) => type === 'transport');
    const pair = entries.get(String(transport?.selectedCandidatePairId));
    const end = (id: unknown): PathEnd => {
      const entry = entries.get(String(id)) ?? {};
      return {
        type: String(entry.candidateType),
        address: String(entry.address),
        over: String(entry.relayProtocol ?? entry.protocol),
      };
    };
    return pair === undefined
      ? null
      : { local: end(pair.localCandidateId), remote: end(pair.remoteCandidateId) };
  };
  const forget = (): void => {
    connections.length = 0;
    said.clear();
    Object.assign(state, {
      samples: [],
      candidates: [],
      acceptedAt: null,
      firstFrameAt: null,
      events: [],
      endReason: null,
    });
  };
  Object.defineProperty(globalThis, '__lab', { value: { state, path, forget } });
}

/** Source text of `observe`, for before the app's own scripts. */
export const observeScript = `(${observe.toString()})(${EVERY_MS});`;

/** Expressions for the page. */
export const probes = {
  state: '__lab.state',
  path: '__lab.path()',
  forget: '__lab.forget()',
} as const;
