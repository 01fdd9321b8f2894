import { parentPort } from 'node:worker_threads';
import sodium from 'libsodium-wrappers-sumo';
import { openBackup, sealBackup, type BackupContents } from './backupFormat.ts';
import { cryptoReady } from './keys.ts';

/** One job for one thread; the memory that the passphrase cost goes with the thread. */
export type BackupJob =
  | { readonly kind: 'seal'; readonly contents: BackupContents; readonly passphrase: string }
  | { readonly kind: 'open'; readonly text: string; readonly passphrase: string };

parentPort?.once('message', (job: BackupJob) => {
  void cryptoReady.then(() => {
    if (job.kind === 'seal') {
      const sealed = sealBackup(job.contents, job.passphrase);
      sodium.memzero(job.contents.seed);
      parentPort?.postMessage(sealed);
      return;
    }
    const opened = openBackup(job.text, job.passphrase);
    // Moved, not copied: the seed is then in one place only.
    parentPort?.postMessage(opened, opened.ok ? [opened.value.seed.buffer as ArrayBuffer] : []);
  });
});
