import { Emitter, type Unsubscribe } from '#shared/emitter.ts';
import type { Notice } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import {
  applySettingsPatch,
  defaultSettings,
  settingsSchema,
  type Settings,
  type SettingsPatch,
} from '#shared/settings.ts';
import { JsonFile } from './JsonFile.ts';

/** The person's settings: in memory what is on the disk. */
export class SettingsStore {
  readonly #file: JsonFile<Settings>;
  readonly #logger: Logger;
  readonly #events: Emitter<{ changed: Settings }>;
  #value = defaultSettings();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: { readonly path: string; readonly now: () => number; readonly logger: Logger }) {
    this.#logger = options.logger;
    this.#file = new JsonFile({ path: options.path, schema: settingsSchema, now: options.now });
    this.#events = new Emitter((error) => options.logger.error('settings listener failed', { error }));
  }

  get value(): Settings {
    return this.#value;
  }

  onChanged(listener: (settings: Settings) => void): Unsubscribe {
    return this.#events.on('changed', listener);
  }

  /** Reads the file; a broken one is kept aside and reported, and the defaults hold. */
  async load(): Promise<Notice | undefined> {
    const loaded = await this.#file.load();
    if (loaded.state === 'loaded') {
      this.#value = loaded.value;
    }
    if (loaded.state !== 'broken') {
      return undefined;
    }
    this.#logger.warn('settings file broken', { keptAs: loaded.keptAs, at: loaded.message });
    return { code: 'SETTINGS_BROKEN', ...(loaded.keptAs === null ? {} : { detail: loaded.keptAs }) };
  }

  /** Applies a change once it is on the disk; when it cannot be written nothing changes. */
  async update(patch: SettingsPatch): Promise<Result<Settings>> {
    const change = this.#queue.then(async () => this.#update(patch));
    this.#queue = change;
    return change;
  }

  async #update(patch: SettingsPatch): Promise<Result<Settings>> {
    const next = applySettingsPatch(this.#value, patch);
    if (JSON.stringify(next) === JSON.stringify(this.#value)) {
      return ok(this.#value);
    }
    const written = await this.#file.save(next);
    if (!written.ok) {
      this.#logger.error('settings not written', { cause: written.error });
      return fail('SETTINGS_WRITE_FAILED', written.error);
    }
    this.#value = next;
    this.#events.emit('changed', next);
    return ok(next);
  }
}
