import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { peerIdFromDigest } from '#shared/identity/peerId.ts';
import { createLogger } from '#shared/logging.ts';
import { ContactBook } from '../../../src/main/services/contacts/ContactBook.ts';
import { Database } from '../../../src/main/services/storage/Database.ts';
import { dataUrl, jpegPicture } from './samplePictures.ts';

/**
 * A program to be killed: once it is told to begin (any input), adds contacts to the profile in the folder given, as fast as it can, and prints the id of
 * each one whose save was confirmed. Every third one has a picture, every fifth is renamed.
 */
const [folder = ''] = process.argv.slice(2);
const logger = createLogger({
  name: 'writer',
  level: 'warn',
  sink: ({ message, context }) => process.stderr.write(`${message} ${JSON.stringify(context)}\n`),
});
const now = () => Date.now();
const newId = () => peerIdFromDigest(randomBytes(32));

// Whoever is killed leaves no cache behind, and the next one would have to compile everything again.
flushCompileCache();
await once(process.stdin, 'data');
const database = new Database({
  path: join(folder, 'peerline.db'),
  copies: join(folder, 'backups'),
  now,
  logger,
});
const opened = database.open();
if (!opened.ok || opened.value.length > 0) {
  process.stderr.write(`not opened: ${JSON.stringify(opened)}\n`);
  process.exit(1);
}
const book = new ContactBook({ self: newId(), database, now, logger });
book.start();

for (let index = 0; ; index++) {
  const id = newId();
  const draft = { id, name: `contact ${index}`, note: 'x'.repeat(200), favourite: false, seesPresence: true };
  const picture = index % 3 === 0 ? { picture: dataUrl(jpegPicture(9, 9)) } : {};
  let saved = book.save({ ...draft, ...picture });
  if (saved.ok && index % 5 === 0) {
    saved = book.save({ ...draft, name: 'renamed' });
  }
  if (!saved.ok) {
    process.stderr.write(`not saved: ${saved.error.code}\n`);
    process.exit(1);
  }
  // At once, past every buffer of the process: what is printed was confirmed.
  writeSync(1, `${id} ${saved.value.name}\n`);
  await nextTurn();
}
