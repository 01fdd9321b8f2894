import { z } from 'zod';
import { callIdSchema, deviceIdSchema } from '../identity/ids.ts';
import { peerIdSchema } from '../identity/peerId.ts';

/** A generous bound for an SDP of one audio and two video sections; keeps a sealed box inside one frame. */
const sdpChars = 32_000;

const sdpSchema = z.object({ type: z.enum(['offer', 'answer']), sdp: z.string().max(sdpChars) });

/** Counts negotiations of one call from 0; messages of an older one are dropped (RFC 8829 has no such mark). */
const generation = z.int().min(0).max(1_000_000);

const candidateSchema = z.object({
  candidate: z.string().max(1_024),
  sdpMid: z.string().max(64).nullable(),
  sdpMLineIndex: z.int().min(0).max(64).nullable(),
  usernameFragment: z.string().max(256).nullable(),
});

const declineReasons = ['user', 'noDevice'] as const;
const byeReasons = ['hungUp', 'left', 'failed', 'connectFailed', 'connectionLost'] as const;

/** What two peers say to each other about one call, before it is sealed. */
export const callBodySchema = z.discriminatedUnion('type', [
  /** Opens a call. Goes to every device of the callee. `description` is generation 0. */
  z.object({
    type: z.literal('invite'),
    media: z.object({ video: z.boolean() }),
    description: sdpSchema.optional(),
  }),
  /** The callee's device shows the call to a person. */
  z.object({ type: z.literal('ringing') }),
  /** The person took it; an answer follows as `description`, unless the two were connected while it rang. */
  z.object({ type: z.literal('accept'), media: z.object({ video: z.boolean() }) }),
  z.object({ type: z.literal('decline'), reason: z.enum(declineReasons) }),
  /** The caller gave up before an answer. */
  z.object({ type: z.literal('cancel') }),
  /** The callee's device is in another call. */
  z.object({ type: z.literal('busy') }),
  z.object({
    type: z.literal('description'),
    generation,
    description: sdpSchema,
    /**
     * `early`: the answer of a device that still rings; `fresh`: the offer of a new connection, in place of the
     * one that was made with another device.
     */
    mode: z.enum(['early', 'fresh']).optional(),
  }),
  /** From the callee, who makes no offers: the path shall be sought anew. `generation`: the latest one it knows. */
  z.object({ type: z.literal('restart'), generation }),
  /** One trickled candidate (RFC 8838), or null at the end of gathering. */
  z.object({ type: z.literal('candidate'), generation, candidate: candidateSchema.nullable() }),
  /** What the sender is sending now. */
  z.object({
    type: z.literal('media'),
    microphone: z.boolean(),
    camera: z.boolean(),
    screen: z.boolean(),
  }),
  /** From the caller to the devices that did not take the call. */
  z.object({ type: z.literal('answeredElsewhere'), device: deviceIdSchema }),
  /** From the caller to the other devices of a callee who declined on one. */
  z.object({ type: z.literal('declinedElsewhere'), device: deviceIdSchema }),
  /** Left in the mailbox of somebody whom the call of this id did not reach; never sent directly. */
  z.object({ type: z.literal('missed'), media: z.object({ video: z.boolean() }) }),
  /** Ends a call that was accepted. */
  z.object({ type: z.literal('bye'), reason: z.enum(byeReasons) }),
]);

/** The plain text of a sealed box: a body and what protects it against replay and reflection. */
export const callEnvelopeSchema = z.object({
  v: z.literal(1),
  /** Must equal the sender that the server stamped: a box opened with a symmetric key could be its own echo. */
  from: peerIdSchema,
  to: peerIdSchema,
  callId: callIdSchema,
  /** Goes up with every message of the sending device, over all its calls and starts; numbers may be missing. */
  seq: z.int().positive(),
  /** The sender's clock, milliseconds since the epoch. */
  sentAt: z.int().nonnegative(),
  body: callBodySchema,
});

export type CallBody = z.infer<typeof callBodySchema>;
export type CallBodyOf<T extends CallBody['type']> = Extract<CallBody, { type: T }>;
export type CallEnvelope = z.infer<typeof callEnvelopeSchema>;
export type SessionDescription = z.infer<typeof sdpSchema>;
export type IceCandidate = z.infer<typeof candidateSchema>;
export type ByeReason = (typeof byeReasons)[number];

/** An invite older than this is a missed call, milliseconds; the same bound as other calling apps use. */
export const inviteLifetimeMs = 60_000;
