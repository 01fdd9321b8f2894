import { z } from 'zod';
import { hasRelay, iceUrlSchema, maxIceCredential, maxIceUrls, maxIceUsername } from './iceUrls.ts';
import { deviceNameSchema } from './people/ownDevices.ts';

/** A device as the person chose it: the id may change between starts, the label usually does not. */
const devicePreferenceSchema = z.object({
  deviceId: z.string().min(1).max(512),
  label: z.string().max(512),
});

/** TURN asks for a user name and a password. */
export const iceServerSchema = z
  .object({
    urls: z.array(iceUrlSchema).min(1).max(maxIceUrls),
    username: z.string().max(maxIceUsername).optional(),
    credential: z.string().max(maxIceCredential).optional(),
  })
  .refine(
    ({ urls, username = '', credential = '' }) =>
      !hasRelay({ urls }) || (username !== '' && credential !== ''),
    { path: ['credential'], message: 'turn: and turns: need a user name and a password' },
  );

const maxIceServers = 16;

/** As read from the file: an entry of an older version that no call could use is left out. */
const storedIceServers = z
  .array(iceServerSchema.nullable().catch(null))
  .max(maxIceServers)
  .transform((servers) => servers.filter((server) => server !== null));

export const locales = ['en', 'zh-CN'] as const;

/** ws: or wss: address of a signaling server. */
export const serverUrlSchema = z
  .string()
  .max(512)
  .regex(/^wss?:\/\/[^\s/?#@]+(?:\/[^\s]*)?$/i, 'ws:// or wss:// and a host');

/** `offline`: connected and reachable, but not shown to be. */
export const statuses = ['online', 'doNotDisturb', 'offline'] as const;

/** Who is connected to while it still rings: it is faster, and shows addresses before the answer. */
const fastAnswers = ['contacts', 'relayed', 'never'] as const;

const videoCodecs = ['VP8', 'VP9', 'AV1', 'H264'] as const;

const network = {
  /**
   * `contacts`: contacts at once, strangers on the answer; `relayed`: only through a relay until the answer;
   * `never`: nobody before the answer.
   */
  fastAnswer: z.enum(fastAnswers),
  /** Media goes through a relay alone, so that the peer does not learn the address of this computer. */
  relayOnly: z.boolean(),
  /** Keep video small. */
  dataSaver: z.boolean(),
  /** The first that both sides know is used; those that are missing come after, in their usual order. */
  videoCodecs: z.array(z.enum(videoCodecs)).max(videoCodecs.length),
};

/** Everything a person can choose. Every field has a default, so that an older file stays readable. */
export const settingsSchema = z.object({
  locale: z.enum(['system', ...locales]).default('system'),
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  server: z
    .object({
      /** `own`: the app runs its own server; `remote`: it uses the one at `url`. */
      mode: z.enum(['own', 'remote']).default('own'),
      url: serverUrlSchema.or(z.literal('')).default(''),
      /** The own server listens on all interfaces instead of 127.0.0.1 only. */
      openToNetwork: z.boolean().default(false),
      port: z.int().min(1024).max(65_535).default(7480),
    })
    .prefault({}),
  iceServers: storedIceServers.default([]),
  network: z
    .object({
      fastAnswer: network.fastAnswer.default('contacts'),
      relayOnly: network.relayOnly.default(false),
      dataSaver: network.dataSaver.default(false),
      videoCodecs: network.videoCodecs.default([]),
    })
    .prefault({}),
  devices: z
    .object({
      camera: devicePreferenceSchema.nullable().default(null),
      microphone: devicePreferenceSchema.nullable().default(null),
      speaker: devicePreferenceSchema.nullable().default(null),
    })
    .prefault({}),
  /** Show the own camera on the home screen. */
  preview: z.boolean().default(true),
  /** How long an outgoing call rings before it ends as "no answer", seconds. */
  ringSeconds: z.int().min(5).max(120).default(45),
  /** Single letters (M, V) as keys in a call. */
  letterKeys: z.boolean().default(true),
  /** What contacts who may see it are shown; `doNotDisturb` also rings without a sound or a window. */
  status: z.enum(statuses).default('online'),
  /** `contacts`: to everybody else this computer looks offline. */
  callsFrom: z.enum(['anyone', 'contacts']).default('anyone'),
  /** How this computer is called on the person's other devices; empty: its host name. */
  deviceName: deviceNameSchema.or(z.literal('')).default(''),
});

/** A change: any subset of the fields; nested groups may be partial too. */
export const settingsPatchSchema = z
  .object({
    locale: settingsSchema.shape.locale.unwrap(),
    theme: settingsSchema.shape.theme.unwrap(),
    server: z
      .object({
        mode: z.enum(['own', 'remote']),
        url: serverUrlSchema.or(z.literal('')),
        openToNetwork: z.boolean(),
        port: z.int().min(1024).max(65_535),
      })
      .partial(),
    iceServers: z.array(iceServerSchema).max(maxIceServers),
    network: z.object(network).partial(),
    devices: z
      .object({
        camera: devicePreferenceSchema.nullable(),
        microphone: devicePreferenceSchema.nullable(),
        speaker: devicePreferenceSchema.nullable(),
      })
      .partial(),
    preview: z.boolean(),
    ringSeconds: z.int().min(5).max(120),
    letterKeys: z.boolean(),
    status: z.enum(statuses),
    callsFrom: z.enum(['anyone', 'contacts']),
    deviceName: deviceNameSchema.or(z.literal('')),
  })
  .partial();

export type Settings = z.infer<typeof settingsSchema>;
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;
export type IceServer = z.infer<typeof iceServerSchema>;
export type Locale = (typeof locales)[number];

export const defaultSettings = (): Settings => settingsSchema.parse({});

/** Applies a patch one level deep: groups are merged, lists and values replaced. */
export function applySettingsPatch(settings: Settings, patch: SettingsPatch): Settings {
  return settingsSchema.parse({
    ...settings,
    ...withoutUndefined(patch),
    server: { ...settings.server, ...withoutUndefined(patch.server ?? {}) },
    network: { ...settings.network, ...withoutUndefined(patch.network ?? {}) },
    devices: { ...settings.devices, ...withoutUndefined(patch.devices ?? {}) },
  });
}

const withoutUndefined = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
