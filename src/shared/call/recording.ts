import { z } from 'zod';
import { callIdSchema } from '../identity/ids.ts';
import { endReasons } from './endReasons.ts';

/** Bounds of one recording, for what is kept and for files that are read. */
export const recordingBounds = {
  /** One a second for half an hour; a longer call keeps every second one, then every fourth, and so on. */
  samples: 1_800,
  /** States that changed; a call that flaps more than that keeps the last ones. */
  events: 500,
  /** Characters of a recording as text. */
  chars: 4_000_000,
} as const;

/** The last moment that a date can name (ECMA-262, 21.4.1.1), milliseconds since the epoch. */
const lastDate = 8.64e15;
/** No call lasts longer, seconds. */
const longestCall = 30 * 86_400;

const sinceStart = z
  .int()
  .nonnegative()
  .max(longestCall * 1_000);
const kbps = z.number().nonnegative().max(10_000_000);
const percent = z.number().min(0).max(100);
const ms = z.number().nonnegative().max(3_600_000);
const pixels = z.int().nonnegative().max(32_768);
/** A name from the registry of media types; no room for an address. */
const codec = z.string().regex(/^[\w-]{0,32}$/);

/** Sound as one end sends or hears it. Rates are those of the second before. */
const soundSchema = z.object({
  kbps,
  /** Packets that did not arrive; null: nothing was sent, or nobody has said yet. */
  loss: percent.nullable(),
  jitterMs: ms.nullable(),
  codec,
});

const pictureSchema = soundSchema.extend({
  fps: z.number().nonnegative().max(1_000),
  width: pixels,
  height: pixels,
});

const candidateTypes = ['host', 'srflx', 'prflx', 'relay'] as const;

/** The selected candidate pair, without its addresses. */
const pathSchema = z.object({
  local: z.enum(candidateTypes),
  remote: z.enum(candidateTypes),
  protocol: z.enum(['udp', 'tcp']),
  /** How the own relay is reached (RFC 8656); null: no relay of ours is in the path. */
  relayProtocol: z.enum(['udp', 'tcp', 'tls']).nullable(),
  ipv6: z.boolean(),
});
export type NetworkPath = z.infer<typeof pathSchema>;

/** What the connection did in the second before. */
export const callSampleSchema = z.object({
  /** Milliseconds since the call began. */
  at: sinceStart,
  /** To the peer and back, milliseconds. */
  rttMs: ms.nullable(),
  /** What the sender believes the path carries; null: it has not said. */
  availableKbps: kbps.nullable(),
  path: pathSchema.nullable(),
  sent: z.object({
    audio: soundSchema.nullable(),
    video: pictureSchema.extend({ limitedBy: z.enum(['none', 'cpu', 'bandwidth', 'other']) }).nullable(),
  }),
  received: z.object({
    /** `concealed`: sound that was made up because the real one had not arrived. */
    audio: soundSchema.extend({ concealed: percent }).nullable(),
    /** `frozenMs`: how long the picture stood still. */
    video: pictureSchema.extend({ frozenMs: ms, dropped: z.int().nonnegative() }).nullable(),
  }),
});
export type CallSample = z.infer<typeof callSampleSchema>;

export const callEventKinds = [
  /** RTCPeerConnection.iceGatheringState */
  'gathering',
  /** RTCPeerConnection.iceConnectionState */
  'ice',
  /** RTCPeerConnection.connectionState */
  'connection',
  /** Our connection to the signaling server. */
  'signaling',
  /** Phase of the call. */
  'phase',
  /** ICE begins anew; why. */
  'restart',
  /** What the picture was lowered or raised to; why. */
  'adaptation',
  /** The selected candidate pair is another one. */
  'path',
] as const;

const callEventSchema = z.object({
  /** Milliseconds since the call began. */
  at: sinceStart,
  kind: z.enum(callEventKinds),
  /** A word or two of the browser's or the engine's; nothing that an address, a name or a file path could be. */
  value: z.string().regex(/^[A-Za-z0-9 -]{0,64}$/),
});
export type CallNetworkEvent = z.infer<typeof callEventSchema>;

/** How a call went on the network, second by second. Holds no address, name or id of anybody. */
export const callRecordingSchema = z.object({
  v: z.literal(1),
  callId: callIdSchema,
  direction: z.enum(['outgoing', 'incoming']),
  video: z.boolean(),
  /** Milliseconds since the epoch. */
  startedAt: z.int().nonnegative().max(lastDate),
  seconds: z.int().nonnegative().max(longestCall),
  end: z.enum(endReasons).nullable(),
  /** Milliseconds between two samples. */
  every: z
    .int()
    .positive()
    .max(longestCall * 1_000),
  samples: z.array(callSampleSchema).max(recordingBounds.samples),
  events: z.array(callEventSchema).max(recordingBounds.events),
});
export type CallRecording = z.infer<typeof callRecordingSchema>;

/** What a list of recordings says of each. */
export type RecordedCall = Pick<CallRecording, 'callId' | 'startedAt' | 'seconds'>;
