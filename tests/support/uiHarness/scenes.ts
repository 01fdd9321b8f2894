import type { CallRecording } from '#shared/call/recording.ts';
import { callIdSchema } from '#shared/identity/ids.ts';
import type { AppInfo, RingingCall } from '#shared/ipc/contract.ts';
import type { CommandName } from '#shared/ipc/channels.ts';
import type { IceServer, Settings } from '#shared/settings.ts';
import type { NatKind } from '../../../src/renderer/engine/NatProbe.ts';
import type { IceProbeResult } from '../../../src/renderer/engine/IceProbe.ts';
import type {
  CallSnapshot,
  DeviceKind,
  DeviceSnapshot,
  DeviceState,
  NetworkReading,
} from '../../../src/renderer/engine/types.ts';
import { contactScenes } from './contactScenes.ts';
import { identityScenes } from './identityScenes.ts';
import { networkScenes } from './networkScenes.ts';
import type { PeopleFacts } from './FakePeople.ts';
import {
  deviceIdOf,
  longHistory,
  personId,
  sampleContacts,
  sampleHistory,
  sampleOwnDevices,
} from './people.ts';

/** One screen to render: what main and the engine say, as data. */
export interface Scene {
  readonly info?: Partial<Omit<AppInfo, 'settings'>>;
  readonly settings?: Partial<Settings>;
  readonly people?: PeopleFacts;
  readonly devices?: DeviceSnapshot;
  readonly call?: CallSnapshot;
  readonly localVideo?: boolean;
  readonly remoteVideo?: boolean;
  /** Relays of the signaling server. */
  readonly relays?: readonly IceServer[];
  /** What ICE servers answer, by address; any other does not. */
  readonly probes?: Readonly<Record<string, IceProbeResult>>;
  /** Calls of which main keeps how they went on the network; the first is also in a file that is opened. */
  readonly recordings?: readonly CallRecording[];
  /** How the call does, second by second. */
  readonly network?: readonly NetworkReading[];
  /** How the call went that has just ended. */
  readonly recorded?: CallRecording;
  /** What STUN servers find of the router; `steady` if nothing is said. */
  readonly nat?: NatKind;
  /** Mean brightness of the own picture, 0 to 1. */
  readonly brightness?: number;
  readonly never?: readonly CommandName[];
  readonly refuse?: readonly CommandName[];
  /** The window of this incoming call instead of the app. */
  readonly popup?: RingingCall;
}

const option = (label: string) => ({ deviceId: `id-${label}`, label });
const device = (...labels: readonly string[]): DeviceState => {
  const options = labels.map(option);
  return { options, preferred: null, active: options[0] ?? null, problem: null };
};

const allDevices: DeviceSnapshot = {
  camera: device('Integrated Camera', 'Logitech StreamCam with a name that goes on for longer than the menu'),
  microphone: device('Headset', 'Built-in Audio Analog Stereo'),
  speaker: device('Headset', 'HDMI / DisplayPort 3'),
};

const broken = (kind: DeviceKind, problem: DeviceState['problem']): DeviceSnapshot => ({
  ...allDevices,
  [kind]: { options: [], preferred: null, active: null, problem },
});

const on = { microphone: true, camera: true, screen: false };
const voice = { microphone: true, camera: false, screen: false };

const facts = (now: number) => ({
  callId: callIdSchema.parse('B'.repeat(22)),
  peer: personId(2),
  direction: 'outgoing' as const,
  video: true,
  startedAt: now - 6_000,
  local: on,
  remote: on,
});

const connected = (now: number, change: Partial<CallSnapshot> = {}): CallSnapshot =>
  ({ ...facts(now), phase: 'connected', connectedAt: now - 258_000, ...change }) as CallSnapshot;

const ended = (now: number, change: Partial<Extract<CallSnapshot, { phase: 'ended' }>>): CallSnapshot => ({
  ...facts(now),
  phase: 'ended',
  reason: 'hungUp',
  code: null,
  elsewhere: null,
  notice: null,
  connectedAt: null,
  endedAt: now,
  ...change,
});

/** Every screen and state of the interface by name. */
export function scenesAt(now: number): Readonly<Record<string, Scene>> {
  const offline = {
    signaling: {
      phase: 'offline',
      url: 'wss://calls.example.org',
      since: now - 300_000,
      reason: 'SIGNALING_OFFLINE',
      retryAt: now + 8_000,
    },
  } as const;
  const people: PeopleFacts = {
    contacts: sampleContacts,
    history: sampleHistory(now),
    ownDevices: sampleOwnDevices(now),
    presence: {
      [personId(1)]: 'online',
      [personId(2)]: 'inCall',
      [personId(4)]: 'doNotDisturb',
    },
  };
  const unseen = { unseenCalls: 2 };
  const home: Scene = { people, info: unseen, devices: allDevices, localVideo: true };
  const ring = { ...facts(now), direction: 'incoming', phase: 'incoming' } as const;
  const ringing: RingingCall = {
    callId: ring.callId,
    from: ring.peer,
    video: true,
    since: now - 6_000,
    name: null,
    picture: null,
    first: true,
  };
  const talking: Scene = { ...home, call: connected(now), remoteVideo: true };
  return {
    home,
    homeEmpty: { ...home, info: {}, people: {} },
    homeMissed: home,
    homeNoMissed: { ...home, info: {}, people: {} },
    homeUnreadable: { ...home, refuse: ['historyRange'] },
    homeDoNotDisturb: { ...home, settings: { status: 'doNotDisturb' } },
    homeStatus: home,
    homeRemoveMenu: home,
    homeRemoveAll: home,
    homeRowMenu: home,
    homeRowMenuBlocked: { ...home, people: { ...people, blocked: [personId(5)] } },
    homeSignedOut: {
      ...home,
      info: { signaling: { ...offline.signaling, reason: 'SIGNALING_SIGNED_OUT', retryAt: null } },
    },
    homeLong: { ...home, people: { ...people, history: longHistory(now, 100_000) } },
    homeLoading: { never: ['historyRange'] },
    homeOffline: { ...home, info: offline },
    homeBadCertificate: {
      ...home,
      info: { signaling: { ...offline.signaling, reason: 'SIGNALING_BAD_CERTIFICATE', retryAt: null } },
    },
    homeDenied: { ...home, devices: broken('camera', 'MEDIA_DENIED_BY_SYSTEM'), localVideo: false },
    homeBusy: { ...home, devices: broken('camera', 'MEDIA_BUSY'), localVideo: false },
    homeNoMicrophone: { ...home, devices: broken('microphone', 'MEDIA_NONE') },
    homePreviewOff: { ...home, localVideo: false, settings: { preview: false } },
    homeNotices: {
      ...home,
      info: {
        notices: [
          { code: 'SETTINGS_BROKEN', detail: 'settings.broken-2025-11-20.json' },
          { code: 'IDENTITY_UNPROTECTED' },
        ],
      },
    },
    homeRefused: { ...home, info: { notices: [{ code: 'PEER_MESSAGE_REFUSED' }] } },
    homeMenu: home,
    dialId: home,
    dialNear: home,
    dialCheck: home,
    dialCharacter: home,
    dialElsewhere: home,
    shortcuts: home,
    outgoing: { ...home, call: { ...facts(now), phase: 'outgoing', stage: 'calling', devices: 0 } },
    reached: { ...home, call: { ...facts(now), phase: 'outgoing', stage: 'reached', devices: 2 } },
    ringing: { ...home, call: { ...facts(now), phase: 'outgoing', stage: 'ringing', devices: 1 } },
    ringingTwo: { ...home, call: { ...facts(now), phase: 'outgoing', stage: 'ringing', devices: 2 } },
    incoming: { ...home, call: ring },
    incomingVoice: { ...home, call: { ...ring, video: false } },
    incomingFirst: { ...home, call: { ...ring, peer: personId(30) } },
    incomingStranger: { ...home, call: { ...ring, peer: personId(5) } },
    incomingQuiet: { ...home, call: ring, settings: { status: 'doNotDisturb' } },
    connecting: { ...home, call: { ...facts(now), phase: 'connecting' } },
    connected: talking,
    connectedMuted: {
      ...talking,
      call: connected(now, { local: { ...voice, microphone: false }, remote: { ...on, microphone: false } }),
    },
    connectedCameraOff: { ...talking, remoteVideo: false, call: connected(now, { remote: voice }) },
    connectedVoice: {
      ...talking,
      remoteVideo: false,
      localVideo: false,
      call: connected(now, { video: false, local: voice, remote: voice }),
    },
    connectedOffline: { ...talking, info: offline },
    connectedMenu: talking,
    connectedMore: talking,
    reconnecting: { ...talking, call: { ...connected(now), phase: 'reconnecting' } as CallSnapshot },
    endedDeclined: { ...home, call: ended(now, { reason: 'declined' }) },
    endedTalked: {
      ...home,
      call: ended(now, { reason: 'peerHungUp', connectedAt: now - 1_000_000 }),
    },
    endedFailed: {
      ...home,
      call: ended(now, { reason: 'connectFailed', code: 'CALL_TRANSPORT_FAILED' }),
    },
    endedKeyMismatch: { ...home, call: ended(now, { reason: 'failed', code: 'PEER_KEY_MISMATCH' }) },
    endedSignedOut: {
      ...home,
      info: { signaling: { ...offline.signaling, reason: 'SIGNALING_SIGNED_OUT', retryAt: null } },
      call: ended(now, { reason: 'signalingDown', code: 'SIGNALING_SIGNED_OUT' }),
    },
    endedOffline: { ...home, call: ended(now, { reason: 'offline', notice: 'left' }) },
    endedNoNotice: { ...home, call: ended(now, { reason: 'offline', notice: 'failed' }) },
    answeredElsewhere: {
      ...home,
      call: ended(now, {
        reason: 'answeredElsewhere',
        direction: 'incoming',
        elsewhere: deviceIdOf(2),
      }),
    },
    endedByMe: { ...home, call: ended(now, { reason: 'declinedByMe', direction: 'incoming' }) },
    endedByBlocking: {
      ...home,
      people: { ...people, blocked: [personId(30)] },
      call: ended(now, { reason: 'declinedByMe', direction: 'incoming', peer: personId(30) }),
    },
    missed: { ...home, call: ended(now, { reason: 'missed', direction: 'incoming' }) },
    ...contactScenes(home),
    ...identityScenes(home),
    ...networkScenes(now, home, talking, {
      ...home,
      call: ended(now, { reason: 'peerHungUp', connectedAt: now - 1_000_000 }),
    }),
    settings: {
      ...home,
      settings: {
        iceServers: [
          { urls: ['stun:stun.example.org'] },
          { urls: ['turn:turn.example.org:3478'], username: 'user', credential: 'secret' },
        ],
      },
    },
    settingsIce: {
      ...home,
      relays: [{ urls: ['turn:relay.example.org'], username: 'u', credential: 'p' }],
      probes: {
        'turn:turn.example.org:3478': { kind: 'ok', ms: 31, family: 'IPv4', protocol: 'udp' },
        'turns:turn.example.org:443?transport=tcp': { kind: 'failed', code: 'ICE_CREDENTIALS_REFUSED' },
      },
      settings: {
        iceServers: [
          {
            urls: ['turn:turn.example.org:3478', 'turns:turn.example.org:443?transport=tcp'],
            username: 'user',
            credential: 'secret',
          },
          { urls: ['stun:stun.example.org'] },
        ],
      },
    },
    settingsOpen: {
      ...home,
      info: {
        keyProtected: false,
        ownServer: {
          phase: 'running',
          port: 7480,
          addresses: ['ws://192.168.1.23:7480', 'ws://[fd12:3456:789a::1]:7480'],
        },
      },
      settings: { server: { mode: 'own', url: '', openToNetwork: true, port: 7480 } },
    },
    settingsRemote: {
      ...home,
      info: offline,
      settings: {
        server: { mode: 'remote', url: 'wss://calls.example.org', openToNetwork: false, port: 7480 },
      },
    },
    settingsOverride: {
      ...home,
      info: {
        serverOverride: 'ws://127.0.0.1:7600',
        signaling: { phase: 'online', url: 'ws://127.0.0.1:7600', since: now },
        ownServer: { phase: 'off' },
      },
      settings: { server: { mode: 'own', url: '', openToNetwork: true, port: 7480 } },
    },
    settingsPrivacy: {
      ...home,
      people: { ...people, blocked: [personId(30), personId(3)] },
      settings: { callsFrom: 'contacts' },
    },
    settingsRename: home,
    settingsSignOut: home,
    popup: { popup: ringing },
    popupKnown: {
      popup: {
        ...ringing,
        name: 'North office, second floor, the room with the large screen',
        first: false,
      },
    },
  };
}
