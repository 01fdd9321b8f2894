import { isMissed, type HistoryEntry } from '#shared/people/history.ts';
import { inSentence } from './display.ts';

type Translate = (key: string, values?: Record<string, string | number>) => string;
/** Writes a number as the language does. */
type FormatNumber = (value: number) => string;

export interface HistoryText {
  /** What came of the call, in words. */
  readonly what: string;
  /** How long they talked; empty when nobody answered. */
  readonly length: string;
  /** Missed: asks for the colour of a missed call. */
  readonly bad: boolean;
}

/** `42 s`, `24 min`, `2 h 1 min`; empty for 0. */
export function callLength(seconds: number, t: Translate): string {
  if (seconds <= 0) {
    return '';
  }
  if (seconds < 60) {
    return t('history.seconds', { n: seconds });
  }
  const minutes = Math.round(seconds / 60);
  return minutes < 60
    ? t('history.minutes', { n: minutes })
    : t('history.hours', { n: Math.floor(minutes / 60), m: minutes % 60 });
}

function whatOf(entry: HistoryEntry, t: Translate): string {
  const { end, direction, deviceName } = entry;
  const on = (how: 'answered' | 'declined' | 'called') =>
    deviceName === null
      ? t(`history.${how}Elsewhere`)
      : t(`history.${how}On`, { device: inSentence(deviceName) });
  // Somebody hung up: it was answered, be it for less than a second.
  if (entry.seconds > 0 || end === 'hungUp' || end === 'peerHungUp') {
    if (deviceName === null) {
      return t(`history.${direction}`);
    }
    return on(direction === 'incoming' ? 'answered' : 'called');
  }
  if (isMissed(entry)) {
    return t('history.missed');
  }
  switch (end) {
    case 'missed':
      return t('history.missed');
    case 'declined':
      return t('history.declinedByThem');
    case 'declinedByMe':
      return deviceName === null ? t('history.declined') : on('declined');
    case 'answeredElsewhere':
      return on('answered');
    case 'declinedElsewhere':
      return on('declined');
    case 'noAnswer':
    case 'cancelled':
    case 'busy':
    case 'offline':
    case 'unknownPeer':
    case 'signalingDown':
      return t(`history.${end}`);
    case null:
      return t('history.now');
    case 'mediaFailed':
    case 'connectFailed':
    case 'connectionLost':
    case 'peerLeft':
    case 'failed':
      return t('history.failed');
  }
}

/** What a row of the history says about its call. */
export function historyText(entry: HistoryEntry, t: Translate, n: FormatNumber): HistoryText {
  const what = whatOf(entry, t);
  return {
    what: entry.count > 1 ? t('history.times', { what, n: n(entry.count) }) : what,
    length: callLength(entry.seconds, t),
    bad: isMissed(entry),
  };
}
