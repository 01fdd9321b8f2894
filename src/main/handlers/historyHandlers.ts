import type { CallRecord } from '#shared/people/history.ts';
import { ok } from '#shared/result.ts';
import type { CallHistory } from '../services/history/CallHistory.ts';
import type { CommandHandlers } from '../shell/ipcHost.ts';

export function createHistoryHandlers(parts: {
  readonly history: CallHistory;
  /** A call of this computer was recorded. */
  readonly onRecorded: (call: CallRecord) => void;
}): Pick<CommandHandlers, 'historyRange' | 'historyRecord' | 'historySeen' | 'historyRemove'> {
  const { history } = parts;
  return {
    historyRange: (query) => history.range(query),
    historyRecord: ({ call }) => {
      const recorded = history.record(call);
      if (recorded.ok) {
        parts.onRecorded(call);
      }
      return recorded;
    },
    historySeen: ({ peer }) => history.seen(peer),
    historyRemove: async (what) => {
      const removed = await history.remove(what);
      return removed.ok ? ok({ removed: removed.value }) : removed;
    },
  };
}
