import type { ErrorCode } from './errors.ts';

/** Why something that may be expected to fail did fail. The sentence a person reads is chosen from `code` in the interface. */
export interface Failure<Code extends string = ErrorCode> {
  readonly code: Code;
  /** For the log and for developers, in English; never shown alone, never contains secrets. */
  readonly message: string;
}

export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

export interface Err<E> {
  readonly ok: false;
  readonly error: E;
}

/** An expected failure is a value, not an exception: it survives IPC and the compiler asks for it to be handled. */
export type Result<T, E = Failure> = Ok<T> | Err<E>;

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });

export const err = <E>(error: E): Err<E> => ({ ok: false, error });

export const fail = <Code extends string>(code: Code, message: string): Err<Failure<Code>> =>
  err({ code, message });

/** The default branch of every `switch` over a union: adding a member makes this line fail to compile. */
export function assertNever(value: never): never {
  throw new TypeError(`unexpected value: ${JSON.stringify(value)}`);
}
