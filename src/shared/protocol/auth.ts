import type { DeviceId } from '../identity/ids.ts';

/**
 * The text (UTF-8) that a client signs to log in. The first line separates it from everything else the key
 * ever signs; the audience stops a hostile server from passing the login on to another one; the nonce makes
 * it good once. None of the parts can contain a line feed.
 */
export function authText(parts: {
  readonly nonce: string;
  /** Host and port as dialled, lower case, e.g. `signal.example.org:443` or `[::1]:7480`. */
  readonly audience: string;
  readonly deviceId: DeviceId;
}): string {
  return ['peerline.1 login', parts.nonce, parts.audience, parts.deviceId].join('\n');
}
