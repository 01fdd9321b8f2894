import type { Clock } from '#shared/clock.ts';
import type { CallId } from '#shared/identity/ids.ts';
import { AudioLevels } from './AudioLevels.ts';
import type { LevelPort, MediaPort, NewCallId, RtcPort } from './ports.ts';

/** 16 random bytes in base64url without padding. */
function newCallId(): CallId {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '') as CallId;
}

/** Of webaudio, section 1.2.1 (`AudioSinkOptions`), which TypeScript's DOM does not know yet. */
interface SilentContextOptions extends AudioContextOptions {
  readonly sinkId: { readonly type: 'none' };
}

/** For measuring alone: it opens no device for its sound, and may work in large steps. */
const silent: SilentContextOptions = { latencyHint: 'playback', sinkId: { type: 'none' } };

/** The engine's ports as the browser implements them. */
export function createBrowserPorts(clock: Clock): {
  readonly media: MediaPort;
  readonly rtc: RtcPort;
  readonly levels: LevelPort;
  readonly newCallId: NewCallId;
} {
  return {
    media: navigator.mediaDevices,
    rtc: {
      createConnection: (configuration) => new RTCPeerConnection(configuration),
      createStream: (tracks = []) => new MediaStream([...tracks]),
      videoCodecs: () => RTCRtpReceiver.getCapabilities('video')?.codecs ?? [],
    },
    levels: new AudioLevels({ clock, createContext: () => new AudioContext(silent) }),
    newCallId,
  };
}
