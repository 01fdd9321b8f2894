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
  start(): Promise<void>;
  /** Places one call, waits for pictures on both sides, ends it and waits until both are idle again. */
  call(): Promise<CallTimes>;
  stop(): Promise<void>;
}

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
