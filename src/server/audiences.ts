import { isLoopback } from './clientAddress.ts';

/** What the server knows about itself and about the socket that names an audience. */
export interface AudienceFacts {
  /** Names given by whoever runs the server, `host` or `host:port`. */
  readonly names: readonly string[];
  /** The machine's own name; stands in as a name when none was given. */
  readonly hostname: string;
  readonly port: number;
  /** The address of this machine that the client reached. */
  readonly localAddress: string;
  /** Where the client is, after a trusted proxy. */
  readonly clientAddress: string;
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address);

const hasPort = /^(?:\[[^\]]+\]|[^:[\]]+):\d{1,5}$/;

/** Lower case, brackets around an IPv6 address, and the server's port where the name has none. */
function fullName(name: string, port: number): string {
  const lower = name.toLowerCase();
  if (hasPort.test(lower)) {
    return lower;
  }
  return `${lower.startsWith('[') ? lower : bracketed(lower)}:${port}`;
}

/**
 * Whether `audience` is a name of this server. A client signs the host and port it dialled; were a name
 * accepted that may mean somebody else (a loopback address named from afar, say), that somebody could pass
 * the login on to this server. So an address counts only on the socket that came in on it.
 */
export function acceptsAudience(audience: string, facts: AudienceFacts): boolean {
  const { names, hostname, port, localAddress, clientAddress } = facts;
  const wanted = audience.toLowerCase();
  if (names.some((name) => fullName(name, port) === wanted)) {
    return true;
  }
  if (isLoopback(localAddress)) {
    const loopback = ['localhost', bracketed(localAddress), '127.0.0.1', '[::1]'];
    return isLoopback(clientAddress) && loopback.some((name) => `${name}:${port}` === wanted);
  }
  if (names.length > 0) {
    return false;
  }
  const own = [bracketed(localAddress), hostname.toLowerCase(), `${hostname.toLowerCase()}.local`];
  return own.some((name) => `${name}:${port}` === wanted);
}
