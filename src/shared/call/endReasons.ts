/**
 * Why a call ended, from the point of view of this computer. The interface has a sentence for each
 * (`end.REASON`), and a test checks that none is missing.
 */
export const endReasons = [
  /** We hung up, or they did. */
  'hungUp',
  'peerHungUp',
  /** They pressed decline, or we did. */
  'declined',
  'declinedByMe',
  /** We gave up before they answered, or they did (a missed call). */
  'cancelled',
  'missed',
  /** They are in another call. */
  'busy',
  /** No device of theirs is connected. */
  'offline',
  /** Their devices rang for the whole ring time, or could not show the call. */
  'noAnswer',
  /** Another device of ours took or declined the call. */
  'answeredElsewhere',
  'declinedElsewhere',
  /** Nobody with this id ever used the server. */
  'unknownPeer',
  /** Our own connection to the server is down, so the call could not be placed. */
  'signalingDown',
  /** Camera or microphone could not be opened and the call cannot go on without. */
  'mediaFailed',
  /** The two computers found no path to each other. */
  'connectFailed',
  /** The path broke and did not come back. */
  'connectionLost',
  /** Their app went away in the middle of the call. */
  'peerLeft',
  /** Something in the call broke a rule (a description that Chromium rejects, for example). */
  'failed',
] as const;

export type EndReason = (typeof endReasons)[number];
