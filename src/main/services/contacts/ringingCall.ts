import type { IncomingCall, RingingCall } from '#shared/ipc/contract.ts';
import type { CallHistory } from '../history/CallHistory.ts';
import type { ContactBook } from './ContactBook.ts';

/** Who calls, from what is written about them; a storage that cannot be read makes them a stranger, no more. */
export function ringingCall({
  book,
  history,
  call,
}: {
  readonly book: Pick<ContactBook, 'find' | 'picture'>;
  readonly history: Pick<CallHistory, 'knows'>;
  readonly call: IncomingCall;
}): RingingCall {
  const contact = book.find(call.from);
  const picture = book.picture(call.from);
  return {
    ...call,
    name: contact.ok ? (contact.value?.name ?? null) : null,
    picture: picture.ok ? picture.value : null,
    first: !history.knows(call.from, call.callId),
  };
}
