import type { Clock } from '#shared/clock.ts';
import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import { noticeCodes, type IncomingCall, type Notice, type RingingCall } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { ok, type Failure, type Result } from '#shared/result.ts';
import type { Settings } from '#shared/settings.ts';
import { BlockList } from './services/contacts/BlockList.ts';
import { CallGate } from './services/contacts/CallGate.ts';
import { ContactBook } from './services/contacts/ContactBook.ts';
import { ringingCall } from './services/contacts/ringingCall.ts';
import { CallHistory } from './services/history/CallHistory.ts';
import { importRecents } from './services/history/importRecents.ts';
import type { ProfilePaths } from './services/profilePaths.ts';
import { DailyCopies } from './services/storage/DailyCopies.ts';
import { Database } from './services/storage/Database.ts';

export interface People {
  readonly database: Database;
  readonly book: ContactBook;
  readonly blocks: BlockList;
  readonly history: CallHistory;
  readonly gate: CallGate;
  /** What went wrong with the storage while starting. */
  readonly notices: readonly Notice[];
  /** The call as the window of an incoming call shows it. */
  readonly describe: (call: IncomingCall) => RingingCall;
  /** Blocks somebody where no page waits for the outcome; what went wrong comes back as notices. */
  readonly block: (id: PeerId) => readonly Notice[];
  readonly close: () => void;
}

/**
 * Whom this person knows, whom they keep away, and with whom they spoke. Fails with DATABASE_NEWER when a later
 * version of the app made the database.
 */
export async function openPeople(options: {
  readonly self: { readonly id: PeerId; readonly deviceId: DeviceId };
  readonly paths: ProfilePaths;
  readonly callsFrom: () => Settings['callsFrom'];
  /** `copyWorker.ts`, or what the build made of it. */
  readonly copyEntry: string | URL;
  readonly clock: Clock;
  readonly logger: Logger;
}): Promise<Result<People, Failure<'DATABASE_NEWER'>>> {
  const { self, paths, clock, logger } = options;
  const now = () => clock.now();

  const database = new Database({
    path: paths.database,
    copies: paths.copies,
    now,
    logger: logger.child('database'),
  });
  const opened = database.open();
  if (!opened.ok) {
    return opened;
  }
  await importRecents({ path: paths.recents, database, now, logger: logger.child('history') });

  const book = new ContactBook({ self: self.id, database, now, logger: logger.child('contacts') });
  const blocks = new BlockList({ self: self.id, database, now, logger: logger.child('contacts') });
  const gate = new CallGate({ blocks, book, callsFrom: options.callsFrom });
  const history = new CallHistory({
    self: self.deviceId,
    database,
    mayRing: (peer) => gate.admits(peer),
    now,
    logger: logger.child('history'),
  });
  const copies = new DailyCopies({
    source: paths.database,
    folder: paths.copies,
    entry: options.copyEntry,
    worthwhile: () => database.writable && !database.empty,
    clock,
    logger: logger.child('database'),
  });
  book.start();
  blocks.start();
  history.start();
  copies.start();

  return ok({
    database,
    book,
    blocks,
    history,
    gate,
    notices: opened.value,
    describe: (call) => ringingCall({ book, history, call }),
    block: (id) => {
      const blocked = blocks.set(id, true);
      return blocked.ok
        ? []
        : [{ code: noticeCodes.find((code) => code === blocked.error.code) ?? 'STORAGE_FAILED' }];
    },
    close: () => {
      copies.close();
      book.close();
      blocks.close();
      history.close();
      database.close();
    },
  });
}
