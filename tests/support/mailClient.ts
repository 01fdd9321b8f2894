import { expect } from 'vitest';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { BookRight, Mail, RequestErrorCode } from '#shared/protocol/messages.ts';
import type { ProtocolClient } from './protocolClient.ts';

/** Leaves a notice and returns the answer. */
export const leave = async (
  client: ProtocolClient,
  to: PeerId,
  box = 'bm90aWNl',
): Promise<'done' | RequestErrorCode> => client.request({ type: 'mail.put', to, box });

/** Leaves one notice after the other; all of them are taken. */
export async function leaveAll(client: ProtocolClient, to: PeerId, boxes: readonly string[]): Promise<void> {
  for (const box of boxes) {
    expect(await leave(client, to, box)).toBe('done');
  }
}

/** Sends a book of one person, with everybody else free to call. */
export const putBook = async (
  client: ProtocolClient,
  id: PeerId,
  may: BookRight,
): Promise<'done' | RequestErrorCode> =>
  client.request({ type: 'book.put', first: true, last: true, others: 'call', entries: [{ id, may }] });

/** The notices that a client was sent and no test has taken yet. */
export const mailOf = (client: ProtocolClient): readonly Mail[] =>
  client.received.filter((message) => message.type === 'mail');

export const boxesOf = (client: ProtocolClient): readonly string[] => mailOf(client).map(({ box }) => box);

export function ackMail(client: ProtocolClient, ...mail: readonly Mail[]): void {
  client.send({ type: 'mail.ack', mail: mail.map((notice) => notice.mail) });
}

/** Waits for so many notices and takes them, without an acknowledgement. */
export async function takeMail(client: ProtocolClient, count: number): Promise<readonly Mail[]> {
  const taken: Mail[] = [];
  while (taken.length < count) {
    taken.push(await client.next('mail'));
  }
  return taken;
}
