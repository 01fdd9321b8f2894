import { z } from 'zod';
import type { DeviceId } from '#shared/identity/ids.ts';
import { ok } from '#shared/result.ts';
import type { Database } from '../storage/Database.ts';

const row = z.object({ value: z.int() });

const factOf = (device: DeviceId): string => `device-counter:${device}`;

/**
 * The last counter of each device of the identity, this one included, across restarts: what was heard once is
 * never believed again. Counts on in memory when the disk cannot be written.
 */
export class DeviceCounters {
  readonly #database: Pick<Database, 'read' | 'write'>;
  readonly #counters = new Map<DeviceId, number>();

  constructor(options: { readonly database: Pick<Database, 'read' | 'write'> }) {
    this.#database = options.database;
  }

  last(device: DeviceId): number {
    const known = this.#counters.get(device);
    if (known !== undefined) {
      return known;
    }
    const kept = this.#database.read((sql) =>
      sql.get(row, 'SELECT value FROM facts WHERE name = ?', factOf(device)),
    );
    return kept.ok ? (kept.value?.value ?? 0) : 0;
  }

  keep(device: DeviceId, counter: number): void {
    this.#counters.set(device, counter);
    this.#database.write((sql) =>
      ok(
        sql.run(
          `INSERT INTO facts (name, value) VALUES (?, ?)
           ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
          factOf(device),
          counter,
        ),
      ),
    );
  }
}
