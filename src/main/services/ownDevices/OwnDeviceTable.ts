import { z } from 'zod';
import { deviceIdSchema, type DeviceId } from '#shared/identity/ids.ts';
import { deviceNameSchema } from '#shared/people/ownDevices.ts';
import { ok } from '#shared/result.ts';
import type { Database } from '../storage/Database.ts';

/** What is remembered of another device of the identity; only of those that have said their name themselves. */
export interface DeviceRow {
  readonly deviceId: DeviceId;
  readonly name: string;
  /** `process.platform` of that computer. */
  readonly platform: string;
  /** By this computer's clock, milliseconds since the epoch. */
  readonly lastSeen: number;
  /** It was given its name here and has not taken it yet. */
  readonly renameDue: boolean;
  /** It was signed out, and has not been heard of since. */
  readonly signedOut: boolean;
}

const flag = z.int().transform((value) => value !== 0);

const rowSchema = z
  .object({
    device_id: deviceIdSchema,
    name: deviceNameSchema,
    platform: z.string(),
    last_seen: z.int(),
    rename_due: flag,
    signed_out: flag,
  })
  .transform((row): DeviceRow => ({
    deviceId: row.device_id,
    name: row.name,
    platform: row.platform,
    lastSeen: row.last_seen,
    renameDue: row.rename_due,
    signedOut: row.signed_out,
  }));

/** More computers than a server admits at once; the one unseen for longest is forgotten first. */
const deviceLimit = 128;

/** The person's other devices, in memory what is on the disk, as far as the disk can be written. */
export class OwnDeviceTable {
  readonly #database: Pick<Database, 'read' | 'write'>;
  readonly #rows = new Map<DeviceId, DeviceRow>();

  constructor(options: { readonly database: Pick<Database, 'read' | 'write'> }) {
    this.#database = options.database;
    const rows = this.#database.read((sql) => sql.all(rowSchema, 'SELECT * FROM own_devices'));
    (rows.ok ? rows.value : []).forEach((row) => this.#rows.set(row.deviceId, row));
  }

  get all(): readonly DeviceRow[] {
    return [...this.#rows.values()];
  }

  get(device: DeviceId): DeviceRow | undefined {
    return this.#rows.get(device);
  }

  /** Adds a device or replaces what is known of it. */
  keep(row: DeviceRow): void {
    this.#rows.set(row.deviceId, row);
    this.#database.write((sql) =>
      ok(
        sql.run(
          `INSERT INTO own_devices (device_id, name, platform, last_seen, rename_due, signed_out)
           VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (device_id) DO UPDATE SET name = excluded.name, platform = excluded.platform,
             last_seen = excluded.last_seen, rename_due = excluded.rename_due, signed_out = excluded.signed_out`,
          ...[row.deviceId, row.name, row.platform, Math.round(row.lastSeen)],
          ...[Number(row.renameDue), Number(row.signedOut)],
        ),
      ),
    );
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    if (this.#rows.size <= deviceLimit) {
      return;
    }
    const { deviceId } = this.all.reduce((oldest, row) => (row.lastSeen < oldest.lastSeen ? row : oldest));
    this.#rows.delete(deviceId);
    this.#database.write((sql) => ok(sql.run('DELETE FROM own_devices WHERE device_id = ?', deviceId)));
  }
}
