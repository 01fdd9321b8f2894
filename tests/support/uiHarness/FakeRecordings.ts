import type { CallRecording, RecordedCall } from '#shared/call/recording.ts';
import type { CommandArgs } from '#shared/ipc/contract.ts';
import { fail, ok, type Result } from '#shared/result.ts';

/** How calls went on the network as main keeps it, in memory. */
export class FakeRecordings {
  /** What a file has that the person opens. */
  readonly file: CallRecording | null;
  #recordings: readonly CallRecording[];

  constructor(recordings: readonly CallRecording[]) {
    this.#recordings = recordings;
    this.file = recordings[0] ?? null;
  }

  save({ recording }: CommandArgs<'recordingSave'>): void {
    this.#recordings = [recording, ...this.#recordings];
  }

  list(): readonly RecordedCall[] {
    return this.#recordings.map(({ callId, startedAt, seconds }) => ({ callId, startedAt, seconds }));
  }

  get({ callId }: CommandArgs<'recordingGet'>): Result<CallRecording> {
    const found = this.#recordings.find((recording) => recording.callId === callId);
    return found === undefined ? fail('RECORDING_UNKNOWN', 'no such recording') : ok(found);
  }

  remove({ callId }: CommandArgs<'recordingRemove'>): void {
    this.#recordings = this.#recordings.filter((recording) => recording.callId !== callId);
  }
}
