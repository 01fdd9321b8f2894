import { z } from 'zod';
import { callIdSchema, deviceIdSchema } from '../identity/ids.ts';
import { peerIdSchema } from '../identity/peerId.ts';
import { blockChangeSchema } from '../people/blocks.ts';
import { deviceNameSchema } from '../people/ownDevices.ts';
import { callRecordSchema, callMarkSchema } from '../people/history.ts';

/** Call records of one message; stays far below the size of a box. */
export const recordsPerMessage = 50;

/** Missed calls of one message, the newest first; whoever has more of them reads the list anyhow. */
export const marksPerMessage = 100;

/** Block changes of one message; stays far below the size of a box. */
export const blocksPerMessage = 200;

/** What the devices of one id say to each other, sealed to their own key. */
export const deviceBodySchema = z.discriminatedUnion('type', [
  /** Sent when a device connects and when its name changes; with `answer`, the others say theirs. */
  z.object({
    type: z.literal('about'),
    name: deviceNameSchema,
    platform: z.string().max(32),
    answer: z.boolean(),
    /** The newest record that the sender has, milliseconds since the epoch: whoever has newer ones sends them. */
    recordsUntil: z.int().nonnegative(),
    /** Missed calls that nobody has looked at on the sender: whoever has says so. */
    unseen: z.array(callMarkSchema).max(marksPerMessage),
  }),
  /** Gives another device its name. */
  z.object({ type: z.literal('rename'), device: deviceIdSchema, name: deviceNameSchema }),
  /** A call that rings on all devices was answered or declined on the sending one. */
  z.object({ type: z.literal('taken'), callId: callIdSchema, how: z.enum(['answered', 'declined']) }),
  z.object({ type: z.literal('records'), records: z.array(callRecordSchema).max(recordsPerMessage) }),
  /** The person has looked at these missed calls. */
  z.object({ type: z.literal('seen'), calls: z.array(callMarkSchema).max(marksPerMessage) }),
  /** Who was blocked, or let in again; all that the sender knows when devices meet. */
  z.object({ type: z.literal('blocks'), changes: z.array(blockChangeSchema).max(blocksPerMessage) }),
]);
export type DeviceBody = z.infer<typeof deviceBodySchema>;

/** The plain text of a box between devices of one id; the counterpart of `callEnvelopeSchema`. */
export const deviceEnvelopeSchema = z.object({
  v: z.literal(1),
  kind: z.literal('device'),
  from: peerIdSchema,
  to: peerIdSchema,
  /**
   * The sending device; must be the one that the server stamped: the key is the same for all, so without it a
   * server could put the words of one device into the mouth of another.
   */
  device: deviceIdSchema,
  /** Goes up with every message of the sending device, also across its starts. */
  seq: z.int().positive(),
  /** The sender's clock, milliseconds since the epoch. */
  sentAt: z.int().nonnegative(),
  body: deviceBodySchema,
});
export type DeviceEnvelope = z.infer<typeof deviceEnvelopeSchema>;
