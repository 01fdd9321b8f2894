import type { RecentCall } from '#shared/ipc/contract.ts';

type Translate = (key: string, values?: Record<string, string | number>) => string;

/** What came of a call in one or two words; `bad` asks for the colour of a missed call. */
export function recentText(call: RecentCall, t: Translate): { readonly text: string; readonly bad: boolean } {
  const kind = t(call.video ? 'recents.video' : 'recents.voice');
  if (call.seconds > 0) {
    const length =
      call.seconds < 60
        ? t('recents.seconds', { n: call.seconds })
        : t('recents.minutes', { n: Math.round(call.seconds / 60) });
    return { text: t('recents.talked', { kind, length }), bad: false };
  }
  const said = (key: string, bad = false) => ({ text: t(`recents.${key}`), bad });
  switch (call.end) {
    case 'missed':
      return said('missed', true);
    case 'noAnswer':
      return call.direction === 'incoming' ? said('missed', true) : said('noAnswer');
    case 'declined':
    case 'declinedByMe':
      return said('declined');
    case 'cancelled':
      return call.direction === 'incoming' ? said('missed', true) : said('cancelled');
    case 'busy':
      return said('busy');
    case 'offline':
      return said('offline');
    case 'answeredElsewhere':
    case 'declinedElsewhere':
      return said('elsewhere');
    case 'unknownPeer':
      return said('unknown');
    case 'hungUp':
    case 'peerHungUp':
    case null:
      return { text: t('recents.talked', { kind, length: t(`recents.${call.direction}`) }), bad: false };
    case 'signalingDown':
    case 'mediaFailed':
    case 'connectFailed':
    case 'connectionLost':
    case 'peerLeft':
    case 'failed':
      return said('failed');
  }
}
