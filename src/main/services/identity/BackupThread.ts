import { Worker } from 'node:worker_threads';
import type { Result } from '#shared/result.ts';
import type { BackupContents, SealedBackup } from './backupFormat.ts';
import type { BackupJob } from './backupWorker.ts';

/** Seals and opens backups. Either takes seconds and a quarter of a gigabyte. */
export interface BackupCodec {
  /** Takes the seed over and wipes it. */
  seal(contents: BackupContents, passphrase: string): Promise<SealedBackup>;
  /** Fails with BACKUP_DAMAGED or BACKUP_WRONG_PASSPHRASE. */
  open(text: string, passphrase: string): Promise<Result<BackupContents>>;
}

/** A thread of its own for each job, one job after the other: main goes on, and the memory is given back. */
export class BackupThread implements BackupCodec {
  readonly #entry: string | URL;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: {
    /** `backupWorker.ts`, or what the build made of it. */
    readonly entry: string | URL;
  }) {
    this.#entry = options.entry;
  }

  async seal(contents: BackupContents, passphrase: string): Promise<SealedBackup> {
    return this.#run<SealedBackup>({ kind: 'seal', contents, passphrase });
  }

  async open(text: string, passphrase: string): Promise<Result<BackupContents>> {
    return this.#run<Result<BackupContents>>({ kind: 'open', text, passphrase });
  }

  async #run<T>(job: BackupJob): Promise<T> {
    const run = this.#last.then(async () => this.#work<T>(job));
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #work<T>(job: BackupJob): Promise<T> {
    const worker = new Worker(this.#entry);
    try {
      return await new Promise<T>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
        worker.once('exit', (code) => reject(new Error(`the backup thread ended with ${code}`)));
        worker.postMessage(job, job.kind === 'seal' ? [job.contents.seed.buffer as ArrayBuffer] : []);
      });
    } finally {
      await worker.terminate();
    }
  }
}
