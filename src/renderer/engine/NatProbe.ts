import type { Clock } from '#shared/clock.ts';
import { gatherFor } from './gathering.ts';
import type { RtcPort } from './ports.ts';

/**
 * How the router in between treats this computer, as far as STUN servers can tell (RFC 5780, section 4.3, without the
 * second address of one server, which few have): `open`, there is none; `steady`, it shows the same address to
 * everybody; `changing`, each other side sees another one, so that a direct path is found only to somebody whose
 * router is none of that kind; `behind`, there is one, and one server alone cannot say which kind.
 */
export type NatKind = 'open' | 'steady' | 'changing' | 'behind' | 'unknown';

/** What a candidate says of the address that a STUN server sees. */
export type SeenAddress = Pick<
  RTCIceCandidate,
  'type' | 'address' | 'port' | 'relatedAddress' | 'relatedPort'
>;

/** A server that has not answered by then is not waited for, milliseconds. */
const answerMs = 6_000;

/** Reads what several STUN servers saw of the same local ports. Pure. */
export function natKindOf(facts: {
  readonly candidates: readonly SeenAddress[];
  readonly servers: number;
  /** Every server has answered. */
  readonly complete: boolean;
}): NatKind {
  const { candidates, servers, complete } = facts;
  const seen = candidates.filter(({ type }) => type === 'srflx');
  const bases = new Map<string, Set<string>>();
  for (const { address, port, relatedAddress, relatedPort } of seen) {
    if (!relatedAddress || !relatedPort) {
      // Without the local port nobody can say whether two addresses belong together.
      return 'behind';
    }
    const base = `${relatedAddress} ${relatedPort}`;
    bases.set(base, (bases.get(base) ?? new Set()).add(`${address ?? ''} ${port ?? ''}`));
  }
  if ([...bases.values()].some((addresses) => addresses.size > 1)) {
    return 'changing';
  }
  if (!complete || servers === 0) {
    return seen.length > 0 ? 'behind' : 'unknown';
  }
  if (seen.length === 0) {
    // What a server sees is then an address of this computer, which is not told twice.
    return candidates.some(({ type }) => type === 'host') ? 'open' : 'unknown';
  }
  return servers > 1 ? 'steady' : 'behind';
}

/** Asks several STUN servers at once from the same port what they see. */
export class NatProbe {
  readonly #rtc: Pick<RtcPort, 'createConnection'>;
  readonly #clock: Clock;

  constructor(options: { readonly rtc: Pick<RtcPort, 'createConnection'>; readonly clock: Clock }) {
    this.#rtc = options.rtc;
    this.#clock = options.clock;
  }

  /** `servers`: `stun:` addresses, two or more to tell the kind. Answers within six seconds, and never fails. */
  async probe(servers: readonly string[]): Promise<NatKind> {
    const candidates: SeenAddress[] = [];
    let errors = 0;
    const kind = (complete: boolean): NatKind => natKindOf({ candidates, servers: servers.length, complete });
    const result = await gatherFor<NatKind>({
      rtc: this.#rtc,
      clock: this.#clock,
      configuration: { iceServers: servers.map((urls) => ({ urls })) },
      withinMs: answerMs,
      onCandidate: (candidate) => {
        if (candidate === null) {
          return kind(errors === 0);
        }
        candidates.push(candidate);
        return undefined;
      },
      onError: () => {
        errors += 1;
        return undefined;
      },
      onLate: () => kind(false),
    });
    return result ?? 'unknown';
  }
}
