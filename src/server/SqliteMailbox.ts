import type { StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { systemClock, type Clock } from '#shared/clock.ts';
import { deviceIdSchema, type DeviceId } from '#shared/identity/ids.ts';
import { peerIdSchema, type PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { mailIdSchema } from '#shared/protocol/messages.ts';
import { ok } from '#shared/result.ts';
import { MailboxDatabase } from './MailboxDatabase.ts';
import { openMailboxFile } from './mailboxFile.ts';
import { roomFor } from './mailboxRoom.ts';
import {
  defaultMailboxBounds,
  type Leased,
  type LeaseRequest,
  type MailboxBounds,
  type MailboxResult,
  type MailboxStore,
  type NewNotice,
  type Notice,
  type Put,
} from './MailboxStore.ts';
import { newMailId } from './MemoryMailbox.ts';

const statements = {
  occupants: `SELECT seq, mail, sender, named FROM notices WHERE recipient = ? AND expires > ? ORDER BY seq`,
  notice: `SELECT mail, sender, device, box, key, at FROM notices WHERE seq = ?`,
  insert: `INSERT INTO notices (mail, recipient, sender, device, box, key, at, expires, named)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  delete: `DELETE FROM notices WHERE seq = ?`,
  expire: `DELETE FROM notices WHERE expires <= ?`,
  ofSender: `SELECT count(*) AS count, min(seq) AS oldest FROM notices WHERE sender = ?`,
  oldestStranger: `SELECT min(seq) AS seq FROM notices WHERE named = 0`,
  isNamed: `SELECT named FROM notices WHERE seq = ?`,
  counts: `SELECT count(*) AS inAll, count(*) FILTER (WHERE named = 0) AS strangers FROM notices`,
  signOut: `INSERT OR REPLACE INTO signed_out (id, device) VALUES (?, ?)`,
  trimSignedOut: `DELETE FROM signed_out WHERE id = ?1 AND seq NOT IN
    (SELECT seq FROM signed_out WHERE id = ?1 ORDER BY seq DESC LIMIT ?2)`,
  countSignedOut: `SELECT count(*) AS count FROM signed_out`,
  trimAllSignedOut: `DELETE FROM signed_out WHERE seq IN (SELECT seq FROM signed_out ORDER BY seq LIMIT ?)`,
  isSignedOut: `SELECT 1 FROM signed_out WHERE id = ? AND device = ?`,
} as const;

const flag = z.union([z.literal(0), z.literal(1)]).transform(Boolean);

const rows = {
  occupant: z
    .object({ seq: z.int(), mail: mailIdSchema, sender: peerIdSchema, named: flag })
    .transform(({ sender, ...rest }) => ({ ...rest, from: sender })),
  notice: z
    .object({
      mail: mailIdSchema,
      sender: peerIdSchema,
      device: deviceIdSchema,
      box: z.string(),
      key: z.string().nullable(),
      at: z.int(),
    })
    .transform(({ sender, device, key, ...rest }): Notice => ({
      ...rest,
      from: sender,
      fromDevice: device,
      ...(key === null ? {} : { senderKey: key }),
    })),
  counts: z.object({ inAll: z.int(), strangers: z.int() }),
  ofSender: z.object({ count: z.int(), oldest: z.int().nullable() }),
  seq: z.object({ seq: z.int().nullable() }),
  count: z.object({ count: z.int() }),
  isNamed: z.object({ named: flag }),
};

type Occupant = z.output<typeof rows.occupant>;

const done = ok(null);
const full: Put = { kept: false, displaced: 0 };

/**
 * A mailbox in a file, for a server that stands alone. Whatever it said yes to is on the disk. Leases are not:
 * the sessions that have them end together with the process.
 */
export class SqliteMailbox implements MailboxStore {
  readonly #database: MailboxDatabase;
  readonly #bounds: MailboxBounds;
  readonly #clock: Clock;
  /** Who has which notice, by `mail`. */
  readonly #leases = new Map<PeerId, Map<string, string>>();
  #counts = { inAll: 0, strangers: 0 };
  #expired = 0;

  constructor(options: {
    /** Where the file is; made if need be. */
    readonly folder: string;
    readonly logger: Logger;
    readonly bounds?: Partial<MailboxBounds>;
    readonly clock?: Clock;
  }) {
    const { folder, logger: log, clock = systemClock } = options;
    this.#bounds = { ...defaultMailboxBounds, ...options.bounds };
    this.#clock = clock;
    this.#database = new MailboxDatabase({
      open: () => openMailboxFile(folder, { now: clock.now(), log }),
      undone: () => this.#count(),
    });
  }

  async start(): Promise<MailboxResult<null>> {
    return this.#database.read(() => {
      this.#database.open();
      this.#count();
      return null;
    });
  }

  async put(notice: NewNotice): Promise<MailboxResult<Put>> {
    return this.#database.write(() => {
      this.#expire();
      return this.#place(notice);
    });
  }

  async lease({ to, holder, most, again, admits }: LeaseRequest): Promise<MailboxResult<Leased>> {
    return this.#database.read(() => {
      const leases = this.#leases.get(to) ?? new Map<string, string>();
      const box = this.#occupants(to);
      let had = box.filter(({ mail }) => leases.get(mail) === holder).length;
      const taken: Occupant[] = [];
      let blocked = false;
      for (const occupant of box) {
        const other = leases.get(occupant.mail);
        if (!admits(occupant.from)) {
          continue;
        }
        blocked = other !== undefined && other !== holder;
        if (blocked || (other === undefined && had >= most)) {
          break;
        }
        if (other === undefined) {
          had++;
          taken.push(occupant);
        } else if (again) {
          taken.push(occupant);
        }
      }
      const notices = taken.map(({ seq }) => rows.notice.parse(this.#sql('notice').get(seq)));
      taken.forEach(({ mail }) => leases.set(mail, holder));
      if (leases.size > 0) {
        this.#leases.set(to, leases);
      }
      return { notices, blocked };
    });
  }

  async acknowledge(
    to: PeerId,
    holder: string,
    mail: readonly string[],
  ): Promise<MailboxResult<{ readonly removed: number; readonly left: boolean }>> {
    return this.#database
      .write(() => {
        const leases = this.#leases.get(to);
        const box = this.#occupants(to);
        const arrived = box.filter(
          (occupant) => mail.includes(occupant.mail) && (leases?.get(occupant.mail) ?? holder) === holder,
        );
        arrived.forEach((occupant) => this.#remove(occupant.seq, occupant));
        return { removed: arrived.length, left: arrived.length < box.length };
      })
      .then((result) => {
        if (result.ok) {
          this.#forget(to, holder, mail);
        }
        return result;
      });
  }

  async release(to: PeerId, holder: string, mail?: readonly string[]): Promise<MailboxResult<boolean>> {
    return Promise.resolve(ok(this.#forget(to, holder, mail)));
  }

  /** Holders and leases end together. */
  async renew(): Promise<MailboxResult<null>> {
    return Promise.resolve(done);
  }

  async expire(): Promise<MailboxResult<number>> {
    return this.#database
      .write(() => {
        this.#expire();
      })
      .then((result) => {
        const expired = this.#expired;
        this.#expired = 0;
        return result.ok ? ok(expired) : result;
      });
  }

  async signOut(id: PeerId, deviceId: DeviceId): Promise<MailboxResult<null>> {
    return this.#database.write(() => {
      this.#sql('signOut').run(id, deviceId);
      this.#sql('trimSignedOut').run(id, this.#bounds.signedOutPerId);
      const { count } = rows.count.parse(this.#sql('countSignedOut').get());
      const excess = count - this.#bounds.signedOutInAll;
      if (excess > 0) {
        this.#sql('trimAllSignedOut').run(excess);
      }
      return null;
    });
  }

  async isSignedOut(id: PeerId, deviceId: DeviceId): Promise<MailboxResult<boolean>> {
    return this.#database.read(() => this.#sql('isSignedOut').get(id, deviceId) !== undefined);
  }

  async close(): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }

  #place(notice: NewNotice): Put {
    const { inAll, perSenderInAll, noticeMs } = this.#bounds;
    const { to, from, fromDevice, box, senderKey = null, at, named } = notice;
    const before = this.#counts.inAll;
    const room = roomFor(notice, this.#occupants(to), this.#bounds);
    if (!room.fits) {
      return full;
    }
    room.leaving.forEach((occupant) => this.#remove(occupant.seq, occupant));
    const ofSender = rows.ofSender.parse(this.#sql('ofSender').get(from));
    if (ofSender.count >= perSenderInAll && ofSender.oldest !== null) {
      this.#remove(ofSender.oldest, rows.isNamed.parse(this.#sql('isNamed').get(ofSender.oldest)));
    }
    // Somebody who has left already made the room: whoever is refused here has displaced nobody.
    if (this.#counts.inAll >= inAll && this.#counts.strangers === 0) {
      return full;
    }
    if (this.#counts.inAll >= inAll || (!named && this.#counts.strangers >= inAll / 2)) {
      const { seq } = rows.seq.parse(this.#sql('oldestStranger').get());
      if (seq !== null) {
        this.#remove(seq, { named: false });
      }
    }
    const displaced = before - this.#counts.inAll;
    const expires = this.#clock.now() + noticeMs;
    this.#sql('insert').run(newMailId(), to, from, fromDevice, box, senderKey, at, expires, named ? 1 : 0);
    this.#counts.inAll++;
    this.#counts.strangers += named ? 0 : 1;
    return { kept: true, displaced };
  }

  #occupants(to: PeerId): readonly Occupant[] {
    return this.#sql('occupants')
      .all(to, this.#clock.now())
      .flatMap((row) => rows.occupant.safeParse(row).data ?? []);
  }

  #remove(seq: number, { named }: { readonly named: boolean }): void {
    this.#sql('delete').run(seq);
    this.#counts.inAll--;
    this.#counts.strangers -= named ? 0 : 1;
  }

  #expire(): void {
    const expired = Number(this.#sql('expire').run(this.#clock.now()).changes);
    if (expired > 0) {
      this.#expired += expired;
      this.#count();
    }
  }

  #count(): void {
    this.#counts = rows.counts.parse(this.#sql('counts').get());
  }

  #forget(to: PeerId, holder: string, mail?: readonly string[]): boolean {
    const leases = this.#leases.get(to);
    let found = false;
    for (const [leased, by] of leases ?? []) {
      if (by === holder && (mail?.includes(leased) ?? true)) {
        leases?.delete(leased);
        found = true;
      }
    }
    if (leases?.size === 0) {
      this.#leases.delete(to);
    }
    return found;
  }

  #sql(name: keyof typeof statements): StatementSync {
    return this.#database.statement(statements[name]);
  }
}
