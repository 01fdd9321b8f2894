import type { PresenceState } from '#shared/protocol/messages.ts';
import type { Settings } from '#shared/settings.ts';

/** What this device shows to those who may see it: what the person chose stands above what happens to go on. */
export const shownPresence = (status: Settings['status'], inCall: boolean): PresenceState =>
  status === 'online' && inCall ? 'inCall' : status;
