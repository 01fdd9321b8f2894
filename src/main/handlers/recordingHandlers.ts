import type { Recordings } from '../services/recordings/Recordings.ts';
import type { CommandHandlers } from '../shell/ipcHost.ts';

/** How calls went on the network. */
export function createRecordingHandlers(parts: {
  readonly recordings: Recordings;
}): Pick<
  CommandHandlers,
  | 'recordingSave'
  | 'recordingsList'
  | 'recordingGet'
  | 'recordingRemove'
  | 'recordingExport'
  | 'recordingImport'
> {
  const { recordings } = parts;
  return {
    recordingSave: ({ recording }) => recordings.save(recording),
    recordingsList: () => recordings.list(),
    recordingGet: ({ callId }) => recordings.get(callId),
    recordingRemove: ({ callId }) => recordings.remove(callId),
    recordingExport: async ({ callId }) => recordings.export(callId),
    recordingImport: async () => recordings.import(),
  };
}
