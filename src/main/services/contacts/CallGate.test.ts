import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { peerIdFromDigest } from '#shared/identity/peerId.ts';
import { CallGate } from './CallGate.ts';

const contact = peerIdFromDigest(randomBytes(32));
const stranger = peerIdFromDigest(randomBytes(32));
const blocked = peerIdFromDigest(randomBytes(32));
const blockedContact = peerIdFromDigest(randomBytes(32));

const blocks = { has: (id: string) => id === blocked || id === blockedContact };
const book = { isContact: (id: string) => id === contact || id === blockedContact };

it.each([
  ['anyone', 'a contact', contact, true],
  ['anyone', 'a stranger', stranger, true],
  ['anyone', 'somebody blocked', blocked, false],
  ['anyone', 'a blocked contact', blockedContact, false],
  ['contacts', 'a contact', contact, true],
  ['contacts', 'a stranger', stranger, false],
  ['contacts', 'somebody blocked', blocked, false],
  ['contacts', 'a blocked contact', blockedContact, false],
] as const)('with calls from %s, %s rings or not', (callsFrom, _who, from, admitted) => {
  expect(new CallGate({ blocks, book, callsFrom: () => callsFrom }).admits(from)).toBe(admitted);
});

it.each(['ringing', 'decline', 'busy'] as const)('gives somebody blocked no %s', (type) => {
  const gate = new CallGate({ blocks, book, callsFrom: () => 'anyone' });
  expect(gate.maySend(blocked, { type })).toBe(false);
  expect(gate.maySend(stranger, { type })).toBe(true);
});

it.each(['invite', 'cancel', 'bye', 'accept'] as const)(
  'lets the person say %s, also to somebody blocked',
  (type) => {
    expect(new CallGate({ blocks, book, callsFrom: () => 'anyone' }).maySend(blocked, { type })).toBe(true);
  },
);
