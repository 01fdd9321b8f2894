import type { PresenceState } from '#shared/protocol/messages.ts';

const ranks: Readonly<Record<PresenceState, number>> = { offline: 0, online: 1, inCall: 2, doNotDisturb: 3 };

/** What a person shows whose devices show `a` and `b`: who may not be disturbed on one device may not be at all. */
export const strongerState = (a: PresenceState, b: PresenceState): PresenceState =>
  ranks[b] > ranks[a] ? b : a;
