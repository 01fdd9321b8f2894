import { limits as protocolLimits } from '#shared/protocol/limits.ts';

/** What one server allows; every field can be set. Times in milliseconds, sizes in bytes unless said otherwise. */
export interface ServerLimits {
  /** One WebSocket frame. */
  readonly frameBytes: number;
  /** Messages per second that one connection may send for ever. */
  readonly messagesPerSecond: number;
  /** Messages that a connection may send at once after a pause: a call trickles some 30 candidates. */
  readonly burst: number;
  /** Open connections in all. */
  readonly connections: number;
  /** Open connections of one IPv4 address or one IPv6 /64 network. */
  readonly connectionsPerAddress: number;
  /** Sockets that have not logged in yet; one address may have a quarter of them. */
  readonly unauthenticated: number;
  /** Logins that one address may attempt per second for ever; as often it may have credentials for relays. */
  readonly loginsPerSecond: number;
  /** Login attempts of one address at once: all its connections, when the server was away. The same for credentials. */
  readonly loginBurst: number;
  /** From the socket's opening to a correct `auth`. */
  readonly handshakeMs: number;
  /** Bytes waiting in this process for one socket to read them; beyond, the reader is too slow. */
  readonly backlogBytes: number;
  /** How long a dropped session waits for its device. */
  readonly resumeMs: number;
  /** Deliveries of one session that wait for an `ack`. */
  readonly unackedMessages: number;
  /** Box characters of one session that wait for an `ack`; less than the backlog, so that a replay fits in. */
  readonly unackedChars: number;
  /** Those of one sender among them: one stranger must not crowd out everybody else. */
  readonly unackedMessagesPerSender: number;
  /** Box characters of one sender among them; two boxes of the largest size, 32 usual ones. */
  readonly unackedCharsPerSender: number;
  /** A session that is full and has owed an `ack` for longer is dropped. */
  readonly unackedMs: number;
  /** Answers that are remembered per session, so that a repeated `ref` gets the same one. */
  readonly rememberedRefs: number;
  /** How long an answer is remembered. */
  readonly rememberRefMs: number;
  /** Notices of one session that wait for a `mail.ack`; the next ones come when it has said so. */
  readonly unackedMail: number;
  /** From the answer to a `mail.put` to the look who may have the notice; 0: at once. */
  readonly mailDelayMs: number;
  /** Entries of the book of one device. */
  readonly bookEntries: number;
  /** Entries of new books that one address may bring per second for ever: they are kept for weeks. */
  readonly bookEntriesPerSecond: number;
  /** Such entries of one address at once: the books of all its devices, when they come for the first time. */
  readonly bookEntryBurst: number;
  /** Credentials for relays that one session may have per second for ever, and at once. */
  readonly turnPerSecond: number;
  readonly turnBurst: number;
  /** Ids that one session may watch. */
  readonly watchedIds: number;
  /** What an id shows is told to those who watch it at most once in this time. */
  readonly presenceIntervalMs: number;
  /** How often it is looked up again what an id shows whose node may have died without a word. */
  readonly presenceRecheckMs: number;
  /** Devices of one id that may be connected at once; a receipt lists at most 64. */
  readonly devicesPerId: number;
  /** Sockets silent for this long get a ping. */
  readonly heartbeatMs: number;
  /** Sockets silent for this long are dead. */
  readonly deadAfterMs: number;
  /** How often sockets and sessions are looked at; the grain of every time above. */
  readonly sweepMs: number;
  /** From our close frame to the end of the socket, whether the other side answers or not. */
  readonly closeGraceMs: number;
  /** How long another node may take to say whom it reached. */
  readonly nodeReplyMs: number;
  /**
   * Receipts wait this long for company: one written together with the next delivery to the same socket
   * costs no system call of its own. As long as TCP delays its acknowledgements. 0 writes each at once.
   */
  readonly receiptDelayMs: number;
}

export const defaultServerLimits: ServerLimits = {
  frameBytes: protocolLimits.frameBytes,
  messagesPerSecond: 50,
  burst: 200,
  connections: 20_000,
  connectionsPerAddress: 256,
  unauthenticated: 1_000,
  loginsPerSecond: 5,
  loginBurst: 256,
  handshakeMs: protocolLimits.handshakeMs,
  backlogBytes: 1_048_576,
  resumeMs: 30_000,
  unackedMessages: 1_024,
  unackedChars: 786_432,
  unackedMessagesPerSender: 128,
  unackedCharsPerSender: 131_072,
  unackedMs: 10_000,
  rememberedRefs: 128,
  rememberRefMs: 60_000,
  unackedMail: 32,
  mailDelayMs: 100,
  bookEntries: protocolLimits.bookEntries,
  bookEntriesPerSecond: 50,
  bookEntryBurst: 200_000,
  turnPerSecond: 0.2,
  turnBurst: 10,
  watchedIds: protocolLimits.watchedIds,
  presenceIntervalMs: 1_000,
  presenceRecheckMs: 60_000,
  devicesPerId: 64,
  heartbeatMs: protocolLimits.heartbeatMs,
  deadAfterMs: protocolLimits.deadAfterMs,
  sweepMs: 1_000,
  closeGraceMs: 2_000,
  nodeReplyMs: 2_000,
  receiptDelayMs: 40,
};
