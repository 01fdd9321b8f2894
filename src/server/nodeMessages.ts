import { z } from 'zod';
import { deviceIdSchema } from '#shared/identity/ids.ts';
import { peerIdSchema } from '#shared/identity/peerId.ts';
import { presenceStates, sessionTokenSchema } from '#shared/protocol/messages.ts';

/** A delivery that waits for its `ack`, on its way to another node. */
const waitingSchema = z.object({
  from: peerIdSchema,
  fromDevice: deviceIdSchema,
  box: z.string(),
  at: z.int(),
  seq: z.int(),
  /** Milliseconds for which it is still worth delivering. */
  remainingMs: z.number(),
});

const rememberedSchema = z.object({
  ref: z.string(),
  devices: z.array(deviceIdSchema),
  stored: z.boolean(),
});

/** A session on its way to the node where its device came back. */
const sessionSnapshotSchema = z.object({
  token: sessionTokenSchema,
  since: z.int().default(0),
  seq: z.int(),
  waiting: z.array(waitingSchema),
  refs: z.array(rememberedSchema),
  /** What it shows. */
  state: z.enum(presenceStates).default('offline'),
  /** Whom it watches, and what it was told of them; null: nothing. */
  watched: z.array(z.tuple([peerIdSchema, z.enum(presenceStates).nullable()])).default([]),
});

const deliverRequestSchema = z.object({
  kind: z.literal('deliver'),
  from: peerIdSchema,
  fromDevice: deviceIdSchema,
  to: peerIdSchema,
  device: deviceIdSchema.optional(),
  box: z.string(),
  at: z.int(),
  ttl: z.int(),
  /** Devices that have it already. */
  skip: z.array(deviceIdSchema).optional(),
});

/** The device is with the asking node now; its session too, if the token is right. */
const takeRequestSchema = z.object({
  kind: z.literal('take'),
  id: peerIdSchema,
  deviceId: deviceIdSchema,
  token: sessionTokenSchema.optional(),
});

/** Which of its devices are connected there. */
const devicesRequestSchema = z.object({ kind: z.literal('devices'), id: peerIdSchema });

/** The device may no longer be connected. */
const signOutRequestSchema = z.object({
  kind: z.literal('signOut'),
  id: peerIdSchema,
  deviceId: deviceIdSchema,
});

const deliverReplySchema = z.object({
  kind: z.literal('delivered'),
  devices: z.array(deviceIdSchema),
  stored: z.boolean(),
  full: z.boolean().default(false),
});

const takeReplySchema = z.object({ kind: z.literal('taken'), session: sessionSnapshotSchema.nullable() });

const devicesReplySchema = z.object({
  kind: z.literal('devices'),
  devices: z.array(z.object({ deviceId: deviceIdSchema, since: z.int() })),
});

/** Nothing to say but that it was heard. */
const heardReplySchema = z.object({ kind: z.literal('heard') });

const requestSchema = z.discriminatedUnion('kind', [
  deliverRequestSchema,
  takeRequestSchema,
  devicesRequestSchema,
  signOutRequestSchema,
]);
const replySchema = z.discriminatedUnion('kind', [
  deliverReplySchema,
  takeReplySchema,
  devicesReplySchema,
  heardReplySchema,
]);

/** What somebody shows may have changed for those who watch it there. */
const presenceNewsSchema = z.object({ kind: z.literal('presence'), id: peerIdSchema });

/** There may be notices for sessions of that id. */
const mailNewsSchema = z.object({ kind: z.literal('mail'), to: peerIdSchema });

const newsSchema = z.discriminatedUnion('kind', [presenceNewsSchema, mailNewsSchema]);

/** What nodes say to each other over the backplane. */
export const nodeMessageSchema = z.union([
  z.object({ tell: newsSchema }),
  z.object({ ask: z.int(), node: z.string(), request: requestSchema }),
  z.object({ answer: z.int(), reply: replySchema }),
]);

export type NodeMessage = z.infer<typeof nodeMessageSchema>;
export type NodeRequest = z.infer<typeof requestSchema>;
export type NodeReply = z.infer<typeof replySchema>;
export type NodeNews = z.infer<typeof newsSchema>;
export type SessionSnapshot = z.infer<typeof sessionSnapshotSchema>;
