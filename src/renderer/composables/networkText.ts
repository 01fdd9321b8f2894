import type { CallNetworkEvent, NetworkPath } from '#shared/call/recording.ts';
import type { QualityReading } from '../engine/quality.ts';
import type { Verdict } from '../engine/verdict.ts';
import { callLength } from './historyText.ts';

type Translate = (key: string, values?: Record<string, string | number>) => string;

/** Which way media take, in words. */
export function pathText({ local, remote, protocol, relayProtocol }: NetworkPath, t: Translate): string {
  if (local === 'relay') {
    return t('network.path.ownRelay', { protocol: (relayProtocol ?? protocol).toUpperCase() });
  }
  if (remote === 'relay') {
    return t('network.path.theirRelay');
  }
  return t(protocol === 'tcp' ? 'network.path.directTcp' : 'network.path.direct');
}

/** The one word beside the dot, and why: the way where all is well, else what is the matter. */
export function qualityText(
  { quality, troubles }: QualityReading,
  path: NetworkPath | null,
  t: Translate,
): string {
  const [worst] = troubles;
  if (quality === 'unknown' || path === null) {
    return t('network.quality.unknown');
  }
  const why =
    worst === undefined
      ? t(path.local === 'relay' || path.remote === 'relay' ? 'network.way.relay' : 'network.way.direct')
      : t(`network.trouble.${worst}`);
  return t('network.dot', { quality: t(`network.quality.${quality}`), why });
}

/** What a call suffered from most, as one sentence. */
export function verdictText({ kind, ...figures }: Verdict, t: Translate): string {
  const time = 'seconds' in figures ? callLength(figures.seconds, t) : '';
  return t(`network.verdict.${kind}`, { ...figures, time });
}

/** A state as the browser or the engine names it, in words. What there are none for may be anybody's, from a file. */
export function eventText(
  { kind, value }: CallNetworkEvent,
  t: Translate,
  known: (key: string) => boolean,
): string {
  const key = `network.value.${value}`;
  return t('network.event', {
    kind: t(`network.kind.${kind}`),
    value: t(known(key) ? key : 'network.otherValue'),
  });
}
