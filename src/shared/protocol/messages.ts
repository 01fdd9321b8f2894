import { z } from 'zod';
import { deviceIdSchema } from '../identity/ids.ts';
import { peerIdSchema } from '../identity/peerId.ts';
import { limits } from './limits.ts';

const base64url = (bytes: number) => {
  const chars = Math.ceil((bytes * 4) / 3);
  return z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${chars}}$`), `${bytes} bytes in base64url`);
};

/** Ed25519 public key. */
export const publicKeySchema = base64url(32);
/** Server-made, secret between server and client; presenting it resumes a session. */
export const sessionTokenSchema = base64url(24);

const ref = z.string().min(1).max(limits.refChars);
const seq = z.int().nonnegative();
/** Opaque to the server: see `call/sealing` for what is inside. */
const box = z
  .string()
  .min(1)
  .max(limits.boxChars)
  .regex(/^[A-Za-z0-9_-]+$/);

const helloSchema = z.object({
  type: z.literal('hello'),
  publicKey: publicKeySchema,
  deviceId: deviceIdSchema,
  /** Picks up an earlier session: what was delivered after `seq` comes again. */
  resume: z.object({ session: sessionTokenSchema, seq }).optional(),
});

const authSchema = z.object({
  type: z.literal('auth'),
  /** Ed25519 over `authText`. */
  signature: base64url(64),
  /** Host and port as dialled; must be one of the server's own names. */
  audience: z
    .string()
    .min(1)
    .max(limits.audienceChars)
    .regex(/^[\x21-\x7e]+$/),
});

const sendSchema = z.object({
  type: z.literal('send'),
  /** Chosen by the client, unique within its session; a repeated `ref` gets the first answer again. */
  ref,
  to: peerIdSchema,
  /** One device of the recipient; absent: all of them (except the sender's own). */
  device: deviceIdSchema.optional(),
  box,
  /** Seconds for which the box is worth delivering to a device that has just lost its connection. */
  ttl: z.int().min(0).max(limits.ttlSeconds),
});

const ackSchema = z.object({
  type: z.literal('ack'),
  /** Everything up to and including this `seq` arrived. */
  seq,
});

const keyGetSchema = z.object({ type: z.literal('key.get'), ref, id: peerIdSchema });

/** What a client may send before it is authenticated. */
export const handshakeMessageSchema = z.discriminatedUnion('type', [helloSchema, authSchema]);
/** What a client may send once `ready`. */
export const sessionMessageSchema = z.discriminatedUnion('type', [sendSchema, ackSchema, keyGetSchema]);
export const clientMessageSchema = z.discriminatedUnion('type', [
  helloSchema,
  authSchema,
  sendSchema,
  ackSchema,
  keyGetSchema,
]);

const challengeSchema = z.object({ type: z.literal('challenge'), nonce: base64url(32) });

const readySchema = z.object({
  type: z.literal('ready'),
  id: peerIdSchema,
  session: sessionTokenSchema,
  /** True when `resume` was accepted: unacknowledged deliveries follow. */
  resumed: z.boolean(),
  /** The server's clock, milliseconds since the epoch; `deliver.at` is on the same clock. */
  time: z.int().nonnegative(),
  limits: z.object({
    frameBytes: z.int().positive(),
    messagesPerSecond: z.number().positive(),
    /** How long after a dropped socket the session can be resumed, seconds. */
    resumeSeconds: z.int().nonnegative(),
  }),
});

const receiptSchema = z.object({
  type: z.literal('receipt'),
  ref,
  /** Devices whose socket took the box. */
  devices: z.array(deviceIdSchema).max(64),
  /** The box waits for at least one device that has just lost its connection. */
  stored: z.boolean(),
});

const deliverSchema = z.object({
  type: z.literal('deliver'),
  /** Stamped by the server from the sender's authenticated session. */
  from: peerIdSchema,
  fromDevice: deviceIdSchema,
  box,
  /** When the server took the box, milliseconds on its own clock. */
  at: z.int().nonnegative(),
  /** Counts deliveries of this session from 1. */
  seq: z.int().positive(),
});

const keySchema = z.object({
  type: z.literal('key'),
  ref,
  id: peerIdSchema,
  publicKey: publicKeySchema,
});

/** Answer to `key.get` for an id that never logged in here. */
const unknownSchema = z.object({ type: z.literal('unknown'), ref, id: peerIdSchema });

const requestErrorCodes = ['rateLimited', 'backplaneFailed', 'selfAddressed'] as const;

/** A request that failed while the session goes on; what breaks the protocol closes the socket instead. */
const requestErrorSchema = z.object({
  type: z.literal('error'),
  ref,
  code: z.enum(requestErrorCodes),
});

export const serverMessageSchema = z.discriminatedUnion('type', [
  challengeSchema,
  readySchema,
  receiptSchema,
  deliverSchema,
  keySchema,
  unknownSchema,
  requestErrorSchema,
]);

export type HandshakeMessage = z.infer<typeof handshakeMessageSchema>;
export type SessionMessage = z.infer<typeof sessionMessageSchema>;
export type ClientMessage = z.infer<typeof clientMessageSchema>;
export type ServerMessage = z.infer<typeof serverMessageSchema>;
export type Hello = z.infer<typeof helloSchema>;
export type Auth = z.infer<typeof authSchema>;
export type Send = z.infer<typeof sendSchema>;
export type Ready = z.infer<typeof readySchema>;
export type Receipt = z.infer<typeof receiptSchema>;
export type Deliver = z.infer<typeof deliverSchema>;
export type RequestErrorCode = (typeof requestErrorCodes)[number];
