import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  callRecordingSchema,
  recordingBounds,
  type CallRecording,
  type RecordedCall,
} from '#shared/call/recording.ts';
import { callIdSchema, type CallId } from '#shared/identity/ids.ts';
import type { Logger } from '#shared/logging.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import type { Database } from '../storage/Database.ts';
import { putRecording, recordedCalls, recordingBody, removeRecording } from './recordingRows.ts';

/** Calls that are kept: enough to compare the bad one with those before it. */
const keptRecordings = 20;

/** Questions of the system to the person, and the files that they name. */
export interface RecordingFiles {
  /** Where the copy goes; undefined: nowhere. */
  choosePlace(suggestedName: string): Promise<string | undefined>;
  /** Which file is to be read; undefined: none. */
  chooseFile(): Promise<string | undefined>;
  /** All of the text or nothing. */
  write(path: string, text: string): Promise<Result<null, string>>;
  /** The text of a file of at most that many bytes. */
  read(path: string, maxBytes: number): Promise<Result<string, string>>;
}

/** How the last calls went on the network, kept on this computer alone. */
export class Recordings {
  readonly #database: Database;
  readonly #files: RecordingFiles;
  readonly #logger: Logger;

  constructor(options: {
    readonly database: Database;
    readonly files: RecordingFiles;
    readonly logger: Logger;
  }) {
    this.#database = options.database;
    this.#files = options.files;
    this.#logger = options.logger;
  }

  save(recording: CallRecording): Result<null> {
    const body = gzipSync(JSON.stringify(recording));
    return this.#database.write((sql) => {
      putRecording(sql, recording, body, keptRecordings);
      return ok(null);
    });
  }

  /** Newest first. */
  list(): Result<readonly RecordedCall[]> {
    return this.#database.read(recordedCalls);
  }

  /** Fails with RECORDING_UNKNOWN. */
  get(callId: CallId): Result<CallRecording> {
    const body = this.#database.read((sql) => recordingBody(sql, callId));
    if (!body.ok) {
      return body;
    }
    const recording = body.value === undefined ? undefined : this.#unpack(body.value);
    return recording === undefined
      ? fail('RECORDING_UNKNOWN', 'there is no recording of this call')
      : ok(recording);
  }

  remove(callId: CallId): Result<null> {
    return this.#database.write((sql) => {
      removeRecording(sql, callId);
      return ok(null);
    });
  }

  /**
   * Saves a copy with another call id: the recording has nothing else by which somebody could be found. False: the
   * person cancelled. Fails with RECORDING_UNKNOWN or RECORDING_WRITE_FAILED.
   */
  async export(callId: CallId): Promise<Result<boolean>> {
    const recording = this.get(callId);
    if (!recording.ok) {
      return recording;
    }
    const path = await this.#files.choosePlace(nameOf(recording.value));
    if (path === undefined) {
      return ok(false);
    }
    const copy: CallRecording = {
      ...recording.value,
      callId: callIdSchema.parse(randomBytes(16).toString('base64url')),
    };
    const written = await this.#files.write(path, `${JSON.stringify(copy)}\n`);
    if (!written.ok) {
      this.#logger.warn('recording not exported', { cause: written.error });
      return fail('RECORDING_WRITE_FAILED', written.error);
    }
    return ok(true);
  }

  /** Null: the person cancelled. Fails with RECORDING_INVALID. */
  async import(): Promise<Result<CallRecording | null>> {
    const path = await this.#files.chooseFile();
    if (path === undefined) {
      return ok(null);
    }
    // What we write is ASCII.
    const text = await this.#files.read(path, recordingBounds.chars);
    const recording = text.ok ? parse(text.value) : undefined;
    if (recording === undefined) {
      this.#logger.warn('no recording in the file', { cause: text.ok ? 'form' : text.error });
      return fail('RECORDING_INVALID', 'the file holds no recording');
    }
    return ok(recording);
  }

  #unpack(body: Uint8Array): CallRecording | undefined {
    try {
      return parse(gunzipSync(body, { maxOutputLength: recordingBounds.chars }).toString('utf8'));
    } catch (error) {
      this.#logger.warn('recording not readable', { error });
      return undefined;
    }
  }
}

function parse(text: string): CallRecording | undefined {
  try {
    return callRecordingSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** `peerline-call-2026-01-10-0930.json`, in UTC. */
function nameOf({ startedAt }: CallRecording): string {
  const time = new Date(Math.min(startedAt, 8.64e15)).toISOString();
  return `peerline-call-${time.slice(0, 10)}-${time.slice(11, 16).replace(':', '')}.json`;
}
