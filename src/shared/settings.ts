import { z } from 'zod';

/** A device as the person chose it: the id may change between starts, the label usually does not. */
const devicePreferenceSchema = z.object({
  deviceId: z.string().min(1).max(512),
  label: z.string().max(512),
});

const iceUrl = z
  .string()
  .max(512)
  .regex(/^(?:stuns?|turns?):[^\s]+$/i, 'stun:, stuns:, turn: or turns:');

export const iceServerSchema = z.object({
  urls: z.array(iceUrl).min(1).max(8),
  username: z.string().max(512).optional(),
  credential: z.string().max(512).optional(),
});

export const locales = ['en', 'zh-CN'] as const;

/** ws: or wss: address of a signaling server. */
export const serverUrlSchema = z
  .string()
  .max(512)
  .regex(/^wss?:\/\/[^\s/?#@]+(?:\/[^\s]*)?$/i, 'ws:// or wss:// and a host');

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
  iceServers: z.array(iceServerSchema).max(16).default([]),
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
    iceServers: z.array(iceServerSchema).max(16),
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
    devices: { ...settings.devices, ...withoutUndefined(patch.devices ?? {}) },
  });
}

const withoutUndefined = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined));
