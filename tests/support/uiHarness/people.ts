import { peerIdFromDigest, type PeerId } from '#shared/identity/peerId.ts';
import type { RecentCall } from '#shared/ipc/contract.ts';

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

const minute = 60_000;

/** Calls of every kind, as the list shows them at `now`. */
export function sampleRecents(now: number): readonly RecentCall[] {
  const call = (
    seed: number,
    minutesAgo: number,
    rest: Pick<RecentCall, 'direction' | 'video' | 'end' | 'seconds'>,
  ): RecentCall => ({ id: personId(seed), at: now - minutesAgo * minute, ...rest });
  return [
    call(1, 2, { direction: 'outgoing', video: true, end: 'hungUp', seconds: 1_440 }),
    call(2, 7, { direction: 'incoming', video: true, end: 'missed', seconds: 0 }),
    call(3, 9, { direction: 'outgoing', video: false, end: 'declined', seconds: 0 }),
    call(4, 1_500, { direction: 'incoming', video: false, end: 'peerHungUp', seconds: 42 }),
    call(5, 1_600, { direction: 'incoming', video: true, end: 'answeredElsewhere', seconds: 0 }),
    call(6, 9_000, { direction: 'outgoing', video: true, end: 'connectFailed', seconds: 0 }),
  ];
}
