import { ok } from '#shared/result.ts';
import type { Post } from '../post.ts';
import type { ActiveCall } from '../services/calls/ActiveCall.ts';
import type { CommandHandlers } from '../shell/ipcHost.ts';

/** What the page says to peers, and what it says about the call that it is in. */
export function createCallHandlers(parts: {
  readonly post: Pick<Post, 'sendCall' | 'courier'>;
  readonly activeCall: ActiveCall;
}): Pick<CommandHandlers, 'callSend' | 'callActive' | 'callNotice'> {
  const { post, activeCall } = parts;
  return {
    callSend: async (message) => post.sendCall(message),
    callActive: ({ call }) => {
      activeCall.report(call);
      return ok(null);
    },
    callNotice: async (notice) => ok(await post.courier.leaveNotice(notice)),
  };
}
