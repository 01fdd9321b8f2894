/** The three times of one call, milliseconds. */
export interface CallTimes {
  readonly 'dial-to-ring': number;
  /** From the accept (click or `answer()`) to the first remote frame at the caller. */
  readonly 'accept-to-first-frame-caller': number;
  readonly 'accept-to-first-frame-callee': number;
}

/** One way of placing a call between two separate browser processes. */
export interface CallSubject {
  readonly name: string;
  /** What its times are reported as: a call that connected while it rang is another thing than one that did not. */
  readonly kinds: readonly CallKind[];
  start(): Promise<void>;
  /** Places one call, accepts it after `answerDelayMs` and waits for pictures on both sides. */
  connect(): Promise<CallTimes>;
  /** Lines of the remote picture at both ends. */
  pictureHeights(): Promise<readonly number[]>;
  /** Ends the call and waits until both are idle again. */
  end(): Promise<void>;
  stop(): Promise<void>;
}

/** `fast`: connected while it rang, where the subject can; `cold`: connected after the accept. */
export type CallKind = 'fast' | 'cold';

/** How long a person lets it ring, the same for every subject. Nobody reads a name and clicks sooner. Milliseconds. */
export const answerDelayMs = 1_000;

/** Marks that pages set, milliseconds since the epoch with sub-millisecond digits; one machine, one clock. */
export interface CallMarks {
  readonly dialled: number;
  readonly rang: number;
  readonly accepted: number;
  readonly callerFrame: number;
  readonly calleeFrame: number;
}

export const callTimes = (marks: CallMarks): CallTimes => ({
  'dial-to-ring': marks.rang - marks.dialled,
  'accept-to-first-frame-caller': marks.callerFrame - marks.accepted,
  'accept-to-first-frame-callee': marks.calleeFrame - marks.accepted,
});
