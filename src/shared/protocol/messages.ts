import { z } from 'zod';
import { maxIceCredential, maxIceUrls, maxIceUsername, turnUrlSchema } from '../iceUrls.ts';
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

/** Names one notice in a mailbox; made by the server. */
export const mailIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/** `see`: presence, and calls; `call`: calls; `nothing`: neither, and no sign that this is so. */
export const bookRights = ['see', 'call', 'nothing'] as const;

/** `offline` as a choice hides a device that is connected. */
export const presenceStates = ['online', 'inCall', 'doNotDisturb', 'offline'] as const;

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

/**
 * Leaves a sealed notice for somebody who is not there. The sender is told `done` whether a device is there or
 * not, and whether the recipient refuses the sender or not.
 */
const mailPutSchema = z.object({
  type: z.literal('mail.put'),
  ref,
  to: peerIdSchema,
  box: box.max(limits.noticeChars),
});

/** Those notices are kept by this device now; the server forgets them. */
const mailAckSchema = z.object({
  type: z.literal('mail.ack'),
  mail: z.array(mailIdSchema).min(1).max(64),
});

/** What one peer may do with this device: see its presence and call, only call, or nothing at all. */
const bookEntrySchema = z.object({ id: peerIdSchema, may: z.enum(bookRights) });

/**
 * Who may reach this device. The book belongs to the device and is replaced as a whole when the part with
 * `last` has come; it outlives the connection. To whom it gives no right, the device looks offline.
 */
const bookPutSchema = z.object({
  type: z.literal('book.put'),
  ref,
  /** Begins a new book; parts of an unfinished one are dropped. */
  first: z.boolean(),
  last: z.boolean(),
  /** For ids that the book does not name. */
  others: z.enum(['call', 'nothing']),
  entries: z.array(bookEntrySchema).max(limits.bookEntriesPerFrame),
});

/** Changes single entries of the book; null takes one out. */
const bookChangeSchema = z.object({
  type: z.literal('book.change'),
  ref,
  entries: z
    .array(z.object({ id: peerIdSchema, may: z.enum(bookRights).nullable() }))
    .min(1)
    .max(limits.bookEntriesPerFrame),
});

/** What this device shows to those who may see it. Lasts as long as the session. */
const presenceSetSchema = z.object({
  type: z.literal('presence.set'),
  ref,
  state: z.enum(presenceStates),
});

/** Replaces the ids whose presence this session is told about; `presence` follows for those to be seen. */
const presenceWatchSchema = z.object({
  type: z.literal('presence.watch'),
  ref,
  /** False: in addition to those watched already. */
  first: z.boolean(),
  ids: z.array(peerIdSchema).max(limits.bookEntriesPerFrame),
});

/** Which devices of the own id are connected. */
const devicesGetSchema = z.object({ type: z.literal('devices.get'), ref });

/** Ends the sessions of another device of the own id, and refuses that device id from then on. */
const devicesEndSchema = z.object({ type: z.literal('devices.end'), ref, device: deviceIdSchema });

/** Asks for credentials of the server's relays, good for one call. */
const turnGetSchema = z.object({ type: z.literal('turn.get'), ref });

/** What a client may send before it is authenticated. */
export const handshakeMessageSchema = z.discriminatedUnion('type', [helloSchema, authSchema]);
/** What a client may send once `ready`. */
export const sessionMessageSchema = z.discriminatedUnion('type', [
  sendSchema,
  ackSchema,
  keyGetSchema,
  mailPutSchema,
  mailAckSchema,
  bookPutSchema,
  bookChangeSchema,
  presenceSetSchema,
  presenceWatchSchema,
  devicesGetSchema,
  devicesEndSchema,
  turnGetSchema,
]);
export const clientMessageSchema = z.discriminatedUnion('type', [
  ...handshakeMessageSchema.options,
  ...sessionMessageSchema.options,
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

/** A request without a value of its own was carried out. */
const doneSchema = z.object({ type: z.literal('done'), ref });

/**
 * A notice out of the mailbox, oldest first. One session of an id gets it; another one only when that session
 * ended without `mail.ack`.
 */
const mailSchema = z.object({
  type: z.literal('mail'),
  mail: mailIdSchema,
  from: peerIdSchema,
  fromDevice: deviceIdSchema,
  box: box.max(limits.noticeChars),
  /** When the server took it, milliseconds on its own clock. */
  at: z.int().nonnegative(),
});

/** What the devices of a watched id show to us together; sent when watching begins and at every change. */
const presenceSchema = z.object({
  type: z.literal('presence'),
  id: peerIdSchema,
  state: z.enum(presenceStates),
});

/** `since`: when its session began, milliseconds on the server's clock. */
const connectedDeviceSchema = z.object({ deviceId: deviceIdSchema, since: z.int().nonnegative() });

const devicesSchema = z.object({
  type: z.literal('devices'),
  ref,
  devices: z.array(connectedDeviceSchema).max(64),
});

const turnServerSchema = z.object({
  urls: z.array(turnUrlSchema).min(1).max(maxIceUrls),
  username: z.string().min(1).max(maxIceUsername),
  credential: z.string().min(1).max(maxIceCredential),
});

const turnSchema = z.object({
  type: z.literal('turn'),
  ref,
  /** Empty: the server has no relays. */
  servers: z.array(turnServerSchema).max(limits.turnServers),
  /** How long the credentials hold from now on, seconds; 0 without servers. */
  ttl: z.int().min(0).max(limits.turnSeconds),
});

const requestErrorCodes = [
  'rateLimited',
  'backplaneFailed',
  'selfAddressed',
  /** The recipient's mailbox has no room for another notice. */
  'mailboxFull',
  /** More entries or watched ids than the server keeps for one device. */
  'tooMany',
] as const;

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
  doneSchema,
  mailSchema,
  presenceSchema,
  devicesSchema,
  turnSchema,
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
export type ConnectedDevice = z.infer<typeof connectedDeviceSchema>;
export type Mail = z.infer<typeof mailSchema>;
export type Turn = z.infer<typeof turnSchema>;
export type BookEntry = z.infer<typeof bookEntrySchema>;
export type BookRight = (typeof bookRights)[number];
export type PresenceState = (typeof presenceStates)[number];
export type SessionRequest<T extends SessionMessage['type']> = Extract<SessionMessage, { type: T }>;
export type RequestErrorCode = (typeof requestErrorCodes)[number];
