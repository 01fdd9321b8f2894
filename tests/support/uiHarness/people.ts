import { callIdSchema, deviceIdSchema, type CallId, type DeviceId } from '#shared/identity/ids.ts';
import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import type { Contact } from '#shared/people/contacts.ts';
import type { HistoryEntry } from '#shared/people/history.ts';
import type { OwnDevice } from '#shared/people/ownDevices.ts';

/** A valid id that looks like any other, the same for the same number. */
export function personId(seed: number): PeerId {
  const bytes = new Uint8Array(32);
  let state = (seed + 1) * 0x9e3779b1;
  for (let index = 0; index < bytes.length; index += 1) {
    state = Math.imul(state ^ (state >>> 15), 0x85ebca6b) >>> 0;
    bytes[index] = state >>> 24;
  }
  return peerIdFromDigest(bytes);
}

/** A valid random-looking id of a call or a device, the same for the same number. */
const randomId = (seed: number, letter: string): string => `${letter}${String(seed).padStart(21, '0')}`;
export const callIdOf = (seed: number): CallId => callIdSchema.parse(randomId(seed, 'C'));
export const deviceIdOf = (seed: number): DeviceId => deviceIdSchema.parse(randomId(seed, 'D'));

const minute = 60_000;

/** A video call that this person placed and hung up, unless `rest` says otherwise. */
export const sampleCall = (
  at: number,
  row: number,
  rest: Partial<Omit<HistoryEntry, 'row' | 'at'>>,
): HistoryEntry => ({
  row,
  callId: callIdOf(row),
  peer: personId(row),
  direction: 'outgoing',
  video: true,
  at,
  seconds: 0,
  end: 'hungUp',
  device: null,
  deviceName: null,
  count: 1,
  unseen: false,
  ...rest,
});

/** Calls of every kind, newest first, as the list shows them at `now`. */
export function sampleHistory(now: number): readonly HistoryEntry[] {
  const call = (row: number, minutesAgo: number, rest: Parameters<typeof sampleCall>[2]) =>
    sampleCall(now - minutesAgo * minute, row, rest);
  return [
    call(12, 2, { peer: personId(1), seconds: 1_440 }),
    call(11, 7, { peer: personId(2), direction: 'incoming', end: 'missed', unseen: true, count: 12 }),
    call(10, 9, { peer: personId(3), video: false, end: 'declined' }),
    call(9, 15, { peer: personId(4), direction: 'incoming', end: 'missed', unseen: true, video: false }),
    call(8, 1_500, {
      peer: personId(4),
      direction: 'incoming',
      video: false,
      end: 'peerHungUp',
      seconds: 42,
    }),
    call(7, 1_600, {
      peer: personId(5),
      direction: 'incoming',
      end: 'answeredElsewhere',
      device: deviceIdOf(2),
      deviceName: 'Laptop in the living room with a name that goes on',
    }),
    call(6, 9_000, { peer: personId(6), end: 'connectFailed' }),
    call(5, 9_100, { peer: personId(2), end: 'offline' }),
    call(4, 9_200, { peer: personId(7), end: 'noAnswer', video: false }),
    call(3, 600_000, { peer: personId(8), direction: 'incoming', end: 'missed' }),
    call(2, 600_100, {
      peer: personId(1),
      direction: 'incoming',
      end: 'declinedElsewhere',
      device: deviceIdOf(3),
    }),
    call(1, 900_000, { peer: personId(1), seconds: 7_260 }),
  ];
}

/** As many calls as somebody has after years, newest first, a quarter of an hour apart. */
export function longHistory(now: number, rows: number): readonly HistoryEntry[] {
  const peers = Array.from({ length: 40 }, (_, seed) => sampleCall(now, seed, {}));
  return Array.from({ length: rows }, (_, at) => ({
    ...(peers[at % peers.length] ?? sampleCall(now, 0, {})),
    row: rows - at,
    at: now - at * 15 * minute,
    ...(at % 3 === 0
      ? { direction: 'incoming' as const, end: 'missed' as const }
      : { seconds: (at * 37) % 4_000 }),
  }));
}

const contact = (seed: number, name: string): Contact => ({
  id: personId(seed),
  name,
  note: '',
  favourite: false,
  seesPresence: true,
  picture: null,
  addedAt: 0,
});

/** Names as people write them: long, from right to left, with an emoji of several code points. */
export const sampleContacts: readonly Contact[] = [
  contact(1, 'North office, second floor, the room with the large screen and the small table'),
  contact(2, '南办公室'),
  contact(3, 'مكتب الشمال'),
  contact(4, 'Workshop 👩🏽‍🔧'),
];

/** This computer and two others of the same person. */
export const sampleOwnDevices = (now: number): readonly OwnDevice[] => [
  {
    deviceId: deviceIdSchema.parse('A'.repeat(22)),
    name: 'Desktop',
    platform: 'linux',
    self: true,
    connected: true,
    lastSeen: now,
  },
  {
    deviceId: deviceIdOf(3),
    name: '',
    platform: '',
    self: false,
    connected: false,
    lastSeen: now - 40 * 24 * 60 * minute,
  },
  {
    deviceId: deviceIdOf(2),
    name: 'Laptop in the living room with a name that goes on',
    platform: 'darwin',
    self: false,
    connected: true,
    lastSeen: now,
  },
];
