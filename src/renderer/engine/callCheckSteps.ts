import type { ErrorCode } from '#shared/errors.ts';
import { hasRelay } from '#shared/iceUrls.ts';
import type { IceServer } from '#shared/settings.ts';
import type { IceProbeResult } from './IceProbe.ts';
import type { NatKind } from './NatProbe.ts';
import type { DeviceProblem } from './types.ts';

/** What is tried before a call, in the order in which it is told. */
export const checkSteps = ['signaling', 'microphone', 'camera', 'speaker', 'stun', 'relay', 'nat'] as const;
export type CheckStep = (typeof checkSteps)[number];

/** What a step may say; each is a sentence `check.STEP.CODE`. */
export const checkCodes = {
  signaling: ['waiting', 'online', 'offline'],
  microphone: ['waiting', 'running', 'heard', 'quiet', 'silent', 'denied', 'none', 'busy', 'failed'],
  camera: ['waiting', 'running', 'seen', 'black', 'denied', 'none', 'busy', 'failed'],
  speaker: ['waiting', 'asking', 'heard', 'notHeard'],
  stun: ['waiting', 'running', 'answered', 'none', 'failed'],
  relay: ['waiting', 'running', 'works', 'none', 'failed', 'udpOnly'],
  nat: [
    ...(['waiting', 'running', 'open', 'steady', 'changing', 'changingRelay', 'behind', 'unknown'] as const),
    ...(['unknownRelay', 'relayOnly', 'noRelay'] as const),
  ],
} as const satisfies Record<CheckStep, readonly string[]>;
type CheckCode = (typeof checkCodes)[CheckStep][number];

/** One line of the check. The sentence is `check.STEP.CODE`, with that of `error` behind it. */
export interface CheckItem {
  /** Names the line; several relays have one each. */
  readonly key: string;
  readonly step: CheckStep;
  /** `asking`: waits for the person. */
  readonly state: 'waiting' | 'running' | 'asking' | 'ok' | 'warn' | 'failed';
  readonly code: CheckCode;
  readonly error?: ErrorCode;
  readonly values?: Readonly<Record<string, string | number>>;
}

export type Finding = Omit<CheckItem, 'key' | 'step'>;

/** Whether a call can be made: nothing is in the way, something is, or it will not work. */
export type CheckVerdict = 'yes' | 'but' | 'no';

/** Without these two there is no call; anything else makes it worse, or fail with some people. */
const needed: readonly CheckStep[] = ['signaling', 'microphone'];

/** Null as long as something is still being tried. */
export function checkVerdict(items: readonly CheckItem[]): CheckVerdict | null {
  if (items.some(({ state }) => state === 'waiting' || state === 'running' || state === 'asking')) {
    return null;
  }
  if (items.some(({ step, state }) => state === 'failed' && needed.includes(step))) {
    return 'no';
  }
  return items.every(({ state }) => state === 'ok') ? 'yes' : 'but';
}

/** Levels as `AudioLevels` gives them: 0 is -60 dB or less, 1 is full scale. */
export const microphoneBounds = {
  /** About -39 dB: speech at arm's length is above it, a quiet room is not. */
  heard: 0.35,
  /** Readings above it, ten a second; a knock on the table is shorter. */
  readings: 3,
  /** Below it is not even the noise of an open microphone. */
  silent: 0.03,
} as const;

export const microphoneFinding = (loudest: number, readings: number): Finding =>
  readings >= microphoneBounds.readings
    ? { state: 'ok', code: 'heard' }
    : { state: 'failed', code: loudest < microphoneBounds.silent ? 'silent' : 'quiet' };

/** Mean brightness, 0 to 1, below which a picture is black to whoever looks at it. */
export const blackBelow = 0.04;

export const cameraFinding = (brightness: number | null): Finding =>
  brightness === null
    ? { state: 'warn', code: 'failed' }
    : brightness < blackBelow
      ? { state: 'warn', code: 'black' }
      : { state: 'ok', code: 'seen' };

const problems = {
  MEDIA_DENIED: 'denied',
  MEDIA_DENIED_BY_SYSTEM: 'denied',
  MEDIA_NONE: 'none',
  MEDIA_BUSY: 'busy',
  MEDIA_FAILED: 'failed',
} as const satisfies Record<DeviceProblem, string>;

/** A call without a camera is one; without a microphone it is none. */
export const deviceFinding = (kind: 'camera' | 'microphone', problem: DeviceProblem): Finding => ({
  state: kind === 'microphone' ? 'failed' : 'warn',
  code: problems[problem],
});

/** The best of what several STUN servers answered. */
export function stunFinding(results: readonly IceProbeResult[]): Finding {
  const [first] = results;
  if (first === undefined) {
    return { state: 'warn', code: 'none' };
  }
  const answers = results.filter((result) => result.kind === 'ok').map(({ ms }) => ms);
  if (answers.length > 0) {
    return { state: 'ok', code: 'answered', values: { ms: Math.min(...answers) } };
  }
  return { state: 'warn', code: 'failed', ...(first.kind === 'failed' ? { error: first.code } : {}) };
}

/** How an address reaches its relay (RFC 7065). */
export function relayProtocolOf(url: string): 'UDP' | 'TCP' | 'TLS' {
  if (/^turns:/i.test(url)) {
    return 'TLS';
  }
  return /[?&]transport=tcp\b/i.test(url) ? 'TCP' : 'UDP';
}

/** The address without what is not for the eye. */
const shown = (url: string): string => url.replace(/\?.*$/, '');

export const relayFinding = (url: string, result: IceProbeResult): Finding => {
  const values = { url: shown(url), protocol: relayProtocolOf(url) };
  return result.kind === 'ok'
    ? { state: 'ok', code: 'works', values: { ...values, ms: result.ms } }
    : { state: 'warn', code: 'failed', error: result.code, values };
};

/** One server for each address of a relay: a call is content with the first that works. */
export const relaysOf = (servers: readonly IceServer[]): readonly IceServer[] =>
  servers.flatMap((server) =>
    server.urls.map((url) => ({ ...server, urls: [url] })).filter((single) => hasRelay(single)),
  );

/** `stun:` addresses: those that are named, and the relays over UDP, which answer that as well (RFC 8656). */
export function stunUrlsOf(servers: readonly IceServer[]): readonly string[] {
  const urls = servers.flatMap((server) => server.urls);
  const named = urls.filter((url) => /^stun:/i.test(url));
  const relays = urls
    .filter((url) => /^turn:/i.test(url) && relayProtocolOf(url) === 'UDP')
    .map((url) => shown(url).replace(/^turn:/i, 'stun:'));
  return [...new Set([...named, ...relays])];
}

/** What the kind of router means for a direct path. `relayed`: some relay has answered. */
export function natFinding(kind: NatKind, relayed: boolean): Finding {
  switch (kind) {
    case 'open':
    case 'steady':
      return { state: 'ok', code: kind };
    case 'changing':
      return { state: relayed ? 'ok' : 'warn', code: relayed ? 'changingRelay' : 'changing' };
    case 'behind':
    case 'unknown':
      return { state: relayed ? 'ok' : 'warn', code: relayed ? 'unknownRelay' : kind };
  }
}
