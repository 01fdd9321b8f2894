import { z } from 'zod';
import type { DeviceId } from '../identity/ids.ts';
import { lineSchema } from './text.ts';

export const deviceNameChars = 64;
export const deviceNameSchema = lineSchema(deviceNameChars).pipe(z.string().min(1));

/** A computer that holds the person's identity. Times in milliseconds since the epoch. */
export interface OwnDevice {
  readonly deviceId: DeviceId;
  readonly name: string;
  /** `process.platform` of that computer; empty while it has not said so. */
  readonly platform: string;
  /** This very computer. */
  readonly self: boolean;
  readonly connected: boolean;
  /** When it was connected last, as far as this computer saw. */
  readonly lastSeen: number;
}
