/**
 * Limits of the wire protocol. What a server may choose (rates, connection counts) is in its own
 * configuration; what both ends must agree on is here. Sizes in bytes unless the name says otherwise.
 */
export const limits = {
  /** One WebSocket text frame, UTF-8. */
  frameBytes: 65_536,
  /** A sealed box in base64url: leaves 1,536 bytes of a frame for the rest of the message. */
  boxChars: 64_000,
  /** A sealed notice in a mailbox, base64url: an envelope without a description fits in easily. */
  noticeChars: 2_048,
  /** Notices for one recipient that a server keeps, and those of one sender among them. */
  noticesPerRecipient: 200,
  noticesPerSender: 10,
  /** How long a notice is kept, seconds: seven days. */
  noticeSeconds: 604_800,
  /** Entries of one `book.put`, `book.change` or `presence.watch`; a thousand fit into a frame. */
  bookEntriesPerFrame: 1_000,
  /** Entries of the book of one device: 5,000 contacts and 1,000 blocked ids. */
  bookEntries: 6_000,
  /** Ids that one session may watch. */
  watchedIds: 5_000,
  /** Entries with a relay's addresses in one `turn`. */
  turnServers: 8,
  /** How long credentials of a relay may hold, seconds: a day. */
  turnSeconds: 86_400,
  /** A client's own reference for a request. */
  refChars: 64,
  /** Name of a server as clients dial it: 253 characters of host name, a colon, five digits. */
  audienceChars: 259,
  /** How long the server may hold a box for a device whose socket just dropped, seconds. */
  ttlSeconds: 120,
  /** From the socket's opening to `ready`, milliseconds. */
  handshakeMs: 5_000,
  /** Both sides send a WebSocket ping this often, milliseconds. */
  heartbeatMs: 5_000,
  /** A socket without any frame, ping or pong for this long is dead, milliseconds. */
  deadAfterMs: 15_000,
} as const;
