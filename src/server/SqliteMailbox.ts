import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { systemClock, type Clock } from '#shared/clock.ts';
import { deviceIdSchema, type DeviceId } from '#shared/identity/ids.ts';
import { peerIdSchema, type PeerId } from '#shared/identity/peerId.ts';
import type { Logger } from '#shared/logging.ts';
import { mailIdSchema } from '#shared/protocol/messages.ts';
import { ok } from '#shared/result.ts';
import { openMailboxFile } from './mailboxFile.ts';
import { roomFor } from './mailboxRoom.ts';
import {
  defaultMailboxBounds,
  mailboxFailed,
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
  notice: `SELECT mail, sender, device, box, at FROM notices WHERE seq = ?`,
  insert: `INSERT INTO notices (mail, recipient, sender, device, box, at, expires, named)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
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
      at: z.int(),
    })
    .transform(({ sender, device, ...rest }): Notice => ({ ...rest, from: sender, fromDevice: device })),
  counts: z.object({ inAll: z.int(), strangers: z.int() }),
  ofSender: z.object({ count: z.int(), oldest: z.int().nullable() }),
  seq: z.object({ seq: z.int().nullable() }),
  count: z.object({ count: z.int() }),
  isNamed: z.object({ named: flag }),
};

type Occupant = z.output<typeof rows.occupant>;

interface Job {
  readonly work: () => void;
  readonly fail: (error: unknown) => void;
  readonly settle: () => void;
}

const done = ok(null);
const full: Put = { kept: false, displaced: 0 };

/**
 * A mailbox in a file, for a server that stands alone. Whatever it said yes to is on the disk. Leases are not:
 * the sessions that have them end together with the process.
 */
export class SqliteMailbox implements MailboxStore {
  readonly #folder: string;
  readonly #bounds: MailboxBounds;
  readonly #clock: Clock;
  readonly #log: Logger;
  #database: DatabaseSync | undefined;
  readonly #prepared = new Map<string, StatementSync>();
  /** Who has which notice, by `mail`. */
  readonly #leases = new Map<PeerId, Map<string, string>>();
  #jobs: Job[] = [];
  #counts = { inAll: 0, strangers: 0 };
  /** A transaction failed: the counts speak of what is not there. */
  #recount = false;
  #expired = 0;

  constructor(options: {
    /** Where the file is; made if need be. */
    readonly folder: string;
    readonly logger: Logger;
    readonly bounds?: Partial<MailboxBounds>;
    readonly clock?: Clock;
  }) {
    this.#folder = options.folder;
    this.#log = options.logger;
    this.#bounds = { ...defaultMailboxBounds, ...options.bounds };
    this.#clock = options.clock ?? systemClock;
  }

  async start(): Promise<MailboxResult<null>> {
    return this.#read(() => {
      this.#database ??= openMailboxFile(this.#folder, { now: this.#clock.now(), log: this.#log });
      this.#count();
      return null;
    });
  }

  async put(notice: NewNotice): Promise<MailboxResult<Put>> {
    return this.#write(() => {
      this.#expire();
      return this.#place(notice);
    });
  }

  async lease({ to, holder, most, again, admits }: LeaseRequest): Promise<MailboxResult<Leased>> {
    return this.#read(() => {
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
    return this.#write(() => {
      const leases = this.#leases.get(to);
      const box = this.#occupants(to);
      const arrived = box.filter(
        (occupant) => mail.includes(occupant.mail) && (leases?.get(occupant.mail) ?? holder) === holder,
      );
      arrived.forEach((occupant) => this.#remove(occupant.seq, occupant));
      return { removed: arrived.length, left: arrived.length < box.length };
    }).then((result) => {
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
    return this.#write(() => {
      this.#expire();
    }).then((result) => {
      const expired = this.#expired;
      this.#expired = 0;
      return result.ok ? ok(expired) : result;
    });
  }

  async signOut(id: PeerId, deviceId: DeviceId): Promise<MailboxResult<null>> {
    return this.#write(() => {
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
    return this.#read(() => this.#sql('isSignedOut').get(id, deviceId) !== undefined);
  }

  async close(): Promise<void> {
    this.#commit();
    this.#prepared.clear();
    this.#database?.close();
    this.#database = undefined;
    return Promise.resolve();
  }

  #place(notice: NewNotice): Put {
    const { inAll, perSenderInAll, noticeMs } = this.#bounds;
    const { to, from, fromDevice, box, at, named } = notice;
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
    this.#sql('insert').run(newMailId(), to, from, fromDevice, box, at, expires, named ? 1 : 0);
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
    this.#recount = false;
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
    const known = this.#prepared.get(name);
    if (known !== undefined) {
      return known;
    }
    if (this.#database === undefined) {
      throw new Error('the mailbox is closed');
    }
    const statement = this.#database.prepare(statements[name]);
    this.#prepared.set(name, statement);
    return statement;
  }

  async #read<T>(work: () => T): Promise<MailboxResult<T>> {
    return new Promise((resolve) => {
      try {
        resolve(ok(work()));
      } catch (error) {
        resolve(mailboxFailed(error));
      }
    });
  }

  /**
   * Everything that is asked for in one turn of the event loop is one transaction: a disk takes milliseconds to
   * be sure, and a flood of notices must not hold up the calls of others once for each.
   */
  async #write<T>(work: () => T): Promise<MailboxResult<T>> {
    return new Promise((resolve) => {
      let result: MailboxResult<T>;
      const job = {
        work: () => {
          result = ok(work());
        },
        fail: (error: unknown) => resolve(mailboxFailed(error)),
        settle: () => resolve(result),
      };
      if (this.#jobs.push(job) === 1) {
        setImmediate(() => this.#commit());
      }
    });
  }

  #commit(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    if (jobs.length === 0) {
      return;
    }
    try {
      this.#transaction(() => jobs.forEach((job) => job.work()));
    } catch (error) {
      jobs.forEach((job) => job.fail(error));
      return;
    }
    jobs.forEach((job) => job.settle());
  }

  #transaction(work: () => void): void {
    const database = this.#database;
    if (database === undefined) {
      throw new Error('the mailbox is closed');
    }
    database.exec('BEGIN IMMEDIATE');
    try {
      if (this.#recount) {
        this.#count();
      }
      work();
      database.exec('COMMIT');
    } catch (error) {
      if (database.isTransaction) {
        database.exec('ROLLBACK');
      }
      this.#recount = true;
      throw error;
    }
  }
}
