import { join } from 'node:path';

export interface ProfilePaths {
  /** Everything of one profile, Chromium's own files included. */
  readonly userData: string;
  readonly identity: string;
  readonly settings: string;
  /** Contacts, blocked ids, calls and own devices. */
  readonly database: string;
  /** Its daily copies. */
  readonly copies: string;
  /** Calls as versions before the database kept them. */
  readonly recents: string;
  readonly seenInvites: string;
  readonly signedOut: string;
  /** What the server inside the app keeps. */
  readonly server: string;
  readonly log: string;
}

/** `base`: PEERLINE_DATA_DIR or Electron's folder for the app; the default profile lives right in it. */
export function profilePaths(base: string, profile: string | undefined): ProfilePaths {
  const userData = profile === undefined ? base : join(base, 'profiles', profile);
  return {
    userData,
    identity: join(userData, 'identity.json'),
    settings: join(userData, 'settings.json'),
    database: join(userData, 'peerline.db'),
    copies: join(userData, 'backups'),
    recents: join(userData, 'recents.json'),
    seenInvites: join(userData, 'seen-invites.json'),
    signedOut: join(userData, 'signed-out.json'),
    server: join(userData, 'server'),
    log: join(userData, 'logs', 'main.log'),
  };
}
