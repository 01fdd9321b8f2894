import sodium from 'libsodium-wrappers-sumo';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CommandValue, IdentitySource } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { BackupContents, BackupPeople } from './backupFormat.ts';
import type { BackupCodec } from './BackupThread.ts';
import type { Identity, IdentityStore } from './IdentityStore.ts';
import { keyPairFromSeed, peerIdOf, seedOf } from './keys.ts';
import { phraseOf, seedFromPhrase } from './recoveryPhrase.ts';

/** Questions of the system to the person, which no page can answer. */
export interface IdentityDialogs {
  /** Whether the recovery phrase may be shown. */
  agreeToPhrase(): Promise<boolean>;
  /** Whether another identity may take the place of the present one. */
  agreeToReplace(ids: { readonly next: PeerId; readonly present: PeerId }): Promise<boolean>;
  /** Where the backup goes; undefined: nowhere. */
  chooseBackupFile(suggestedName: string): Promise<string | undefined>;
  /** Tells that the backup is there, without some pictures. */
  tellPicturesLeftOut(count: number): Promise<void>;
}

/** The address book as a backup sees it. */
export interface PeopleKeeper {
  people(): Promise<Result<BackupPeople>>;
  /** Adds what is not there; keeps what is. */
  merge(people: BackupPeople): Promise<Result<unknown>>;
}

/**
 * Takes an identity from one computer to another: as words on paper, or as an encrypted file with the
 * contacts. What a page asks for here is the key itself, so it leaves main, and gives way to another one, only
 * after the person has agreed in a dialog of the system.
 */
export class IdentityMover {
  readonly #identity: Identity;
  readonly #store: Pick<IdentityStore, 'replace'>;
  readonly #people: PeopleKeeper;
  readonly #dialogs: IdentityDialogs;
  readonly #codec: BackupCodec;
  readonly #writeFile: (path: string, text: string) => Promise<Result<null, string>>;
  readonly #signedOut: () => boolean;
  readonly #restart: () => void;
  readonly #now: () => number;
  readonly #logger: Logger;
  #asking = false;

  constructor(options: {
    readonly identity: Identity;
    readonly store: Pick<IdentityStore, 'replace'>;
    readonly people: PeopleKeeper;
    readonly dialogs: IdentityDialogs;
    readonly codec: BackupCodec;
    /** All of the text or nothing, readable by the person alone. */
    readonly writeFile: (path: string, text: string) => Promise<Result<null, string>>;
    /** Whether another device of the identity has signed this one out of the server in use. */
    readonly signedOut: () => boolean;
    /** Starts the app again, soon: the page still gets its answer. */
    readonly restart: () => void;
    /** Wall clock, milliseconds since the epoch. */
    readonly now: () => number;
    readonly logger: Logger;
  }) {
    this.#identity = options.identity;
    this.#store = options.store;
    this.#people = options.people;
    this.#dialogs = options.dialogs;
    this.#codec = options.codec;
    this.#writeFile = options.writeFile;
    this.#signedOut = options.signedOut;
    this.#restart = options.restart;
    this.#now = options.now;
    this.#logger = options.logger;
  }

  /** Null: the person did not agree, or is being asked already. */
  async phrase(): Promise<string | null> {
    const agreed = await this.#askOnce(async () => this.#dialogs.agreeToPhrase());
    if (agreed !== true) {
      return null;
    }
    const seed = seedOf(this.#identity.keys);
    const phrase = phraseOf(seed);
    sodium.memzero(seed);
    this.#logger.info('recovery phrase shown');
    return phrase;
  }

  /** False: the person cancelled, or is being asked already. Fails with BACKUP_WRITE_FAILED. */
  async backup(passphrase: string): Promise<Result<boolean>> {
    const path = await this.#askOnce(async () => this.#dialogs.chooseBackupFile(this.#suggestedName()));
    if (path === undefined) {
      return ok(false);
    }
    const people = await this.#people.people();
    if (!people.ok) {
      return people;
    }
    const { text, picturesLeftOut } = await this.#codec.seal(
      { seed: seedOf(this.#identity.keys), ...people.value },
      passphrase,
    );
    const written = await this.#writeFile(path, text);
    if (!written.ok) {
      this.#logger.warn('backup not written', { cause: written.error });
      return fail('BACKUP_WRITE_FAILED', written.error);
    }
    this.#logger.info('backup written', { contacts: people.value.contacts.length, picturesLeftOut });
    if (picturesLeftOut > 0) {
      await this.#dialogs.tellPicturesLeftOut(picturesLeftOut);
    }
    return ok(true);
  }

  /** Whose identity that is. Fails with PHRASE_INVALID, BACKUP_DAMAGED or BACKUP_WRONG_PASSPHRASE. */
  async inspect(source: IdentitySource): Promise<Result<CommandValue<'identityInspect'>>> {
    const opened = await this.#open(source);
    if (!opened.ok) {
      return opened;
    }
    const { seed, contacts } = opened.value;
    const id = idOf(seed);
    sodium.memzero(seed);
    return ok({ id, contacts: contacts.length, restarts: this.#takesPlace(id) });
  }

  /**
   * Takes that identity in place of the present one, merges its contacts and blocked ids, and starts the app again.
   * Where it is the present one already, those are all that is taken, unless this computer was signed out: with
   * the new device id it is let in again. False: the person did not agree to another identity, or is being asked
   * something already; nothing has changed then. Fails like `inspect`, or with what kept the contacts or the
   * identity from being written; then the present identity is still in its place.
   */
  async restore(source: IdentitySource): Promise<Result<boolean>> {
    const opened = await this.#open(source);
    if (!opened.ok) {
      return opened;
    }
    const { seed, contacts, blocked } = opened.value;
    const id = idOf(seed);
    try {
      if (id !== this.#identity.id && !(await this.#agreesToReplace(id))) {
        return ok(false);
      }
      // First: what fails here leaves the identity alone, and doing it again does no harm.
      const merged = await this.#people.merge({
        contacts: contacts.filter((contact) => contact.id !== id),
        blocked: blocked.filter((peer) => peer !== id),
      });
      if (!merged.ok) {
        return merged;
      }
      if (!this.#takesPlace(id)) {
        this.#logger.info('contacts taken from a backup', { contacts: contacts.length });
        return ok(true);
      }
      const replaced = await this.#store.replace(seed, this.#now());
      if (!replaced.ok) {
        return replaced;
      }
    } finally {
      sodium.memzero(seed);
    }
    this.#restart();
    return ok(true);
  }

  /** A page that is not ours any more must not be able to put the key of somebody else in our place. */
  async #agreesToReplace(next: PeerId): Promise<boolean> {
    const present = this.#identity.id;
    return (await this.#askOnce(async () => this.#dialogs.agreeToReplace({ next, present }))) === true;
  }

  #takesPlace(id: PeerId): boolean {
    return id !== this.#identity.id || this.#signedOut();
  }

  async #open(source: IdentitySource): Promise<Result<BackupContents>> {
    if (source.from === 'backup') {
      return this.#codec.open(source.file, source.passphrase);
    }
    const seed = seedFromPhrase(source.phrase);
    return seed.ok ? ok({ seed: seed.value, contacts: [], blocked: [] }) : seed;
  }

  /** A page that asks again and again gets one dialog, not a pile of them. */
  async #askOnce<T>(ask: () => Promise<T>): Promise<T | undefined> {
    if (this.#asking) {
      return undefined;
    }
    this.#asking = true;
    try {
      return await ask();
    } finally {
      this.#asking = false;
    }
  }

  #suggestedName(): string {
    return `peerline-backup-${new Date(this.#now()).toISOString().slice(0, 10)}.json`;
  }
}

function idOf(seed: Uint8Array): PeerId {
  const keys = keyPairFromSeed(seed);
  sodium.memzero(keys.privateKey);
  return peerIdOf(keys.publicKey);
}
