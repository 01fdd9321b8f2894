import { createHmac, randomBytes } from 'node:crypto';

/** TURN servers that know a secret together with the signaling server (coturn: `use-auth-secret`). */
export interface TurnService {
  /** 1 to 8, `turn:` or `turns:`. */
  readonly urls: readonly string[];
  readonly secret: string;
  /** How long credentials hold. A relay asks for them again as long as it is used. */
  readonly ttlSeconds: number;
}

export interface TurnCredentials {
  readonly username: string;
  readonly credential: string;
}

const randomName = (): string => randomBytes(12).toString('base64url');

/**
 * Credentials that the relay can check by itself and that end by themselves: the user name is the time of their
 * end, the password an HMAC of it (draft-uberti-behave-turn-rest-00, section 2.2, as coturn reads it). SHA-1 is
 * what coturn asks for; an HMAC does not need it to withstand collisions. Where that draft puts a user's name
 * there is a random one, new each time: a relay must not learn who calls, nor that two calls are of one person.
 *
 * `now` in milliseconds since the epoch, on a clock that the relay shares.
 */
export function turnCredentials(
  { secret, ttlSeconds }: Pick<TurnService, 'secret' | 'ttlSeconds'>,
  now: number,
  name: () => string = randomName,
): TurnCredentials {
  const username = `${Math.floor(now / 1_000) + ttlSeconds}:${name()}`;
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
