import type { CallSample, NetworkPath } from '#shared/call/recording.ts';

/** A report by id, as `RTCPeerConnection.getStats()` gives it. */
export type StatsReport = ReadonlyMap<string, StatsEntry>;

/** One dictionary of the W3C webrtc-stats; which members it has is up to the browser. */
export type StatsEntry = Readonly<Record<string, unknown>> & { readonly type: string };

type Received = CallSample['received'];
type Sent = CallSample['sent'];

const numberOf = (entry: StatsEntry | undefined, name: string): number | undefined => {
  const value = entry?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
};

const textOf = (entry: StatsEntry | undefined, name: string): string => {
  const value = entry?.[name];
  return typeof value === 'string' ? value : '';
};

const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** Of a sample, as its schema has them: one figure out of bounds would cost the whole recording. */
const mostKbps = 10_000_000;
const mostPixels = 32_768;

const atMost = (value: number, limit: number): number => Math.min(Math.max(0, value), limit);

/** Two reports of one connection and the time between them. */
interface Span {
  readonly before: StatsReport;
  readonly now: StatsReport;
  readonly seconds: number;
}

/** How much a counter went up; a counter that begins anew, as after another track, counts from zero. */
function grown({ before }: Span, entry: StatsEntry, name: string): number {
  const now = numberOf(entry, name) ?? 0;
  const then = numberOf(before.get(textOf(entry, 'id')), name) ?? 0;
  return now >= then ? now - then : now;
}

const kbpsOf = (span: Span, entry: StatsEntry, name: string): number =>
  round(atMost((grown(span, entry, name) * 8) / 1_000 / span.seconds, mostKbps));

const msOf = (entry: StatsEntry | undefined, name: string): number | null => {
  const seconds = numberOf(entry, name);
  return seconds === undefined ? null : round(atMost(seconds * 1_000, 3_600_000));
};

/** `audio/opus` is `opus`. */
const codecOf = ({ now }: Span, entry: StatsEntry): string =>
  textOf(now.get(textOf(entry, 'codecId')), 'mimeType')
    .split('/')
    .at(-1)
    ?.slice(0, 32) ?? '';

const percentOf = (part: number, whole: number): number =>
  whole <= 0 ? 0 : round(atMost((part / whole) * 100, 100));

function ofType(report: StatsReport, type: string, kind?: 'audio' | 'video'): StatsEntry | undefined {
  return [...report.values()].find(
    (entry) => entry.type === type && (kind === undefined || entry.kind === kind),
  );
}

/** Packets of this second that were lost on the way here; null when none was sent. */
function lossReceived(span: Span, entry: StatsEntry): number | null {
  const lost = Math.max(
    0,
    (numberOf(entry, 'packetsLost') ?? 0) -
      (numberOf(span.before.get(textOf(entry, 'id')), 'packetsLost') ?? 0),
  );
  const arrived = grown(span, entry, 'packetsReceived');
  return lost + arrived === 0 ? null : percentOf(lost, lost + arrived);
}

function received(span: Span): Received {
  const audio = ofType(span.now, 'inbound-rtp', 'audio');
  const video = ofType(span.now, 'inbound-rtp', 'video');
  return {
    audio: audio === undefined ? null : { ...flowReceived(span, audio), concealed: concealed(span, audio) },
    video:
      video === undefined
        ? null
        : {
            ...flowReceived(span, video),
            ...pictureOf(video),
            frozenMs: Math.round(atMost(grown(span, video, 'totalFreezesDuration') * 1_000, 3_600_000)),
            dropped: Math.round(grown(span, video, 'framesDropped')),
          },
  };
}

const flowReceived = (span: Span, entry: StatsEntry) => ({
  kbps: kbpsOf(span, entry, 'bytesReceived'),
  loss: lossReceived(span, entry),
  jitterMs: msOf(entry, 'jitter'),
  codec: codecOf(span, entry),
});

/** Sound that somebody could hear to be made up: silence that stands for silence is none. */
function concealed(span: Span, entry: StatsEntry): number {
  const made = grown(span, entry, 'concealedSamples') - grown(span, entry, 'silentConcealedSamples');
  return percentOf(made, grown(span, entry, 'totalSamplesReceived'));
}

const pictureOf = (entry: StatsEntry) => ({
  fps: round(atMost(numberOf(entry, 'framesPerSecond') ?? 0, 1_000)),
  width: Math.round(atMost(numberOf(entry, 'frameWidth') ?? 0, mostPixels)),
  height: Math.round(atMost(numberOf(entry, 'frameHeight') ?? 0, mostPixels)),
});

function sent(span: Span): Sent {
  const audio = ofType(span.now, 'outbound-rtp', 'audio');
  const video = ofType(span.now, 'outbound-rtp', 'video');
  return {
    audio: audio === undefined ? null : flowSent(span, audio),
    video:
      video === undefined
        ? null
        : { ...flowSent(span, video), ...pictureOf(video), limitedBy: limitOf(video) },
  };
}

/** What the peer reports about what we send (RTCP receiver reports, RFC 3550 section 6.4). */
function flowSent(span: Span, entry: StatsEntry) {
  const remote = span.now.get(textOf(entry, 'remoteId'));
  const lost = numberOf(remote, 'fractionLost');
  return {
    kbps: kbpsOf(span, entry, 'bytesSent'),
    loss: lost === undefined ? null : percentOf(lost, 1),
    jitterMs: msOf(remote, 'jitter'),
    codec: codecOf(span, entry),
  };
}

const limits = ['none', 'cpu', 'bandwidth', 'other'] as const;

const limitOf = (entry: StatsEntry): (typeof limits)[number] =>
  limits.find((limit) => limit === textOf(entry, 'qualityLimitationReason')) ?? 'none';

function selectedPair(report: StatsReport): StatsEntry | undefined {
  return report.get(textOf(ofType(report, 'transport'), 'selectedCandidatePairId'));
}

const candidateTypes = ['host', 'srflx', 'prflx', 'relay'] as const;

const candidateType = (entry: StatsEntry | undefined): (typeof candidateTypes)[number] =>
  candidateTypes.find((type) => type === textOf(entry, 'candidateType')) ?? 'host';

const relayProtocols = ['udp', 'tcp', 'tls'] as const;

/** The path that media take now; null before there is one. */
export function pathOf(report: StatsReport): NetworkPath | null {
  const pair = selectedPair(report);
  if (pair === undefined) {
    return null;
  }
  const local = report.get(textOf(pair, 'localCandidateId'));
  const remote = report.get(textOf(pair, 'remoteCandidateId'));
  return {
    local: candidateType(local),
    remote: candidateType(remote),
    protocol: textOf(local, 'protocol') === 'tcp' ? 'tcp' : 'udp',
    relayProtocol: relayProtocols.find((name) => name === textOf(local, 'relayProtocol')) ?? null,
    ipv6: textOf(local, 'address').includes(':'),
  };
}

/**
 * What happened on a connection between two reports. Pure; a report that lacks something gives null or nought for
 * it, never a failure. `at`: milliseconds since the call began; `seconds`: between the two, above nought.
 */
export function sampleOf(span: Span & { readonly at: number }): CallSample {
  const pair = selectedPair(span.now);
  const available = numberOf(pair, 'availableOutgoingBitrate');
  return {
    at: Math.max(0, Math.round(span.at)),
    rttMs: msOf(pair, 'currentRoundTripTime'),
    availableKbps: available === undefined ? null : round(atMost(available / 1_000, mostKbps)),
    path: pathOf(span.now),
    sent: sent(span),
    received: received(span),
  };
}
