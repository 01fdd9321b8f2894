import type { Clock } from '#shared/clock.ts';
import type { ErrorCode } from '#shared/errors.ts';
import { hasRelay } from '#shared/iceUrls.ts';
import type { IceServer } from '#shared/settings.ts';
import { toRtcIceServers } from './engineProjections.ts';
import { gatherFor } from './gathering.ts';
import type { RtcPort } from './ports.ts';

type IceProbeCode = Extract<ErrorCode, `ICE_${string}`>;

export type IceProbeResult =
  | {
      readonly kind: 'ok';
      /** From the question to the address, milliseconds; with a relay that takes several round trips. */
      readonly ms: number;
      /** Of the address that the server gave us or saw. */
      readonly family: 'IPv4' | 'IPv6';
      /** Between this computer and the server. */
      readonly protocol: 'udp' | 'tcp' | 'tls';
    }
  | { readonly kind: 'failed'; readonly code: IceProbeCode };

/** `relayProtocol` is in WebRTC and in Chromium, and not yet in TypeScript's types of the browser. */
type ProbedCandidate = RTCIceCandidate & { readonly relayProtocol?: 'udp' | 'tcp' | 'tls' | null };

/** A server that has not answered by then does not help a call either, milliseconds. */
const answerMs = 6_000;

/** Codes of `icecandidateerror`: STUN's own (RFC 8489, section 14.8), and 701 for no answer (WebRTC, 4.8.3). */
const unauthorized = 401;
const unreachable = 701;

/** The worst thing that can be said for certain comes first. */
const weight: readonly IceProbeCode[] = [
  'ICE_CREDENTIALS_EXPIRED',
  'ICE_CREDENTIALS_REFUSED',
  'ICE_REFUSED',
  'ICE_NOT_FOUND',
  'ICE_UNREACHABLE',
];

/**
 * Asks one ICE server for an address, as a call would: a relay for one of its own, any other for the one that it
 * sees. Only the first thing that works counts, so a server is given with the one address that is meant.
 */
export class IceProbe {
  readonly #rtc: Pick<RtcPort, 'createConnection'>;
  readonly #clock: Clock;

  constructor(options: { readonly rtc: Pick<RtcPort, 'createConnection'>; readonly clock: Clock }) {
    this.#rtc = options.rtc;
    this.#clock = options.clock;
  }

  /** Answers within six seconds, and never fails. Leaves no connection behind. */
  async probe(server: IceServer): Promise<IceProbeResult> {
    const relay = hasRelay(server);
    const errors: IceProbeCode[] = [];
    let host: RTCIceCandidate | undefined;
    const started = this.#clock.monotonic();
    const worksWith = ({ address, relayProtocol }: ProbedCandidate): IceProbeResult => ({
      kind: 'ok',
      ms: Math.round(this.#clock.monotonic() - started),
      family: address?.includes(':') === true ? 'IPv6' : 'IPv4',
      protocol: relayProtocol ?? 'udp',
    });
    const result = await gatherFor<IceProbeResult>({
      rtc: this.#rtc,
      clock: this.#clock,
      configuration: {
        iceServers: [...toRtcIceServers([server])],
        iceTransportPolicy: relay ? 'relay' : 'all',
      },
      withinMs: answerMs,
      onCandidate: (candidate) => {
        if (candidate === null) {
          // Without a router in between, the address that a STUN server sees is one that is known already, and
          // is not told again. That it answered shows in that nobody complains.
          return host !== undefined && errors.length === 0 ? worksWith(host) : failedBy(errors);
        }
        if (candidate.type === 'host') {
          host ??= candidate;
        }
        return candidate.type === (relay ? 'relay' : 'srflx') ? worksWith(candidate) : undefined;
      },
      onError: (event) => {
        errors.push(codeOf(event, server.username, this.#clock.now()));
        return event.errorCode === unauthorized ? failedBy(errors) : undefined;
      },
      onLate: () => failedBy(errors),
    });
    return result ?? { kind: 'failed', code: 'ICE_BAD_ADDRESS' };
  }
}

const failedBy = (errors: readonly IceProbeCode[]): IceProbeResult => ({
  kind: 'failed',
  code: weight.find((code) => errors.includes(code)) ?? 'ICE_UNREACHABLE',
});

function codeOf(
  { errorCode, errorText }: Pick<RTCPeerConnectionIceErrorEvent, 'errorCode' | 'errorText'>,
  username: string | undefined,
  now: number,
): IceProbeCode {
  if (errorCode === unauthorized) {
    return endOf(username) <= now ? 'ICE_CREDENTIALS_EXPIRED' : 'ICE_CREDENTIALS_REFUSED';
  }
  if (errorCode !== unreachable) {
    return 'ICE_REFUSED';
  }
  return /lookup/i.test(errorText) ? 'ICE_NOT_FOUND' : 'ICE_UNREACHABLE';
}

/** When a user name says by itself that it ends, milliseconds since the epoch (see `turn` in docs/protocol.md). */
function endOf(username = ''): number {
  const [, seconds] = /^(\d{9,11})(?::|$)/.exec(username) ?? [];
  return seconds === undefined ? Infinity : Number(seconds) * 1_000;
}
