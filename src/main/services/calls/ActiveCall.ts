import type { CallBody } from '#shared/call/messages.ts';
import type { CallId, DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { CommandArgs } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import { assertNever, type Result } from '#shared/result.ts';

export type ReportedCall = NonNullable<CommandArgs<'callActive'>['call']>;

/** `crashed`: the page died or was reloaded; `quit`: the person closed the window or the app. */
export type EndCause = 'crashed' | 'quit';

/** What is said to the peer in the name of a page that can no longer speak. */
function farewell(stage: ReportedCall['stage'], cause: EndCause): CallBody {
  switch (stage) {
    case 'outgoing':
      return { type: 'cancel' };
    case 'incoming':
      // Nobody declined a call whose page died: to the caller that is a device that could not ring.
      return { type: 'decline', reason: cause === 'crashed' ? 'noDevice' : 'user' };
    case 'accepted':
      return { type: 'bye', reason: 'left' };
    default:
      return assertNever(stage);
  }
}

/** The call that the page says it is in, kept only to end it when the page cannot. */
export class ActiveCall {
  readonly #send: (message: {
    readonly to: PeerId;
    readonly device?: DeviceId | undefined;
    readonly callId: CallId;
    readonly body: CallBody;
  }) => Promise<Result<unknown>>;
  readonly #onChanged: (call: ReportedCall | null) => void;
  readonly #logger: Logger;
  #call: ReportedCall | null = null;

  constructor(options: {
    readonly send: (message: {
      readonly to: PeerId;
      readonly device?: DeviceId | undefined;
      readonly callId: CallId;
      readonly body: CallBody;
    }) => Promise<Result<unknown>>;
    readonly onChanged: (call: ReportedCall | null) => void;
    readonly logger: Logger;
  }) {
    this.#send = options.send;
    this.#onChanged = options.onChanged;
    this.#logger = options.logger;
  }

  get present(): boolean {
    return this.#call !== null;
  }

  report(call: ReportedCall | null): void {
    this.#call = call;
    this.#onChanged(call);
  }

  /** Says goodbye for a page that is gone; does nothing without a call. Resolves when the server has it. */
  async end(cause: EndCause): Promise<void> {
    const call = this.#call;
    if (call === null) {
      return;
    }
    this.report(null);
    const sent = await this.#send({
      to: call.peer,
      device: call.device,
      callId: call.callId,
      body: farewell(call.stage, cause),
    });
    this.#logger.info('call ended for its page', {
      callId: call.callId,
      cause,
      stage: call.stage,
      sent: sent.ok,
    });
  }
}
