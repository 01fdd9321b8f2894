import type { PeerId } from '../identity/peerId.ts';

/** What a `peerline:` link asks for; a person confirms it before anything happens. */
export interface PeerLink {
  readonly id: PeerId;
  /** The signaling server at which the id is to be found; null: the present one. */
  readonly server: string | null;
}
