import type { PeerId } from '#shared/identity/peerId.ts';
import type { Mail, RequestErrorCode } from '#shared/protocol/messages.ts';
import type { ProtocolClient } from './protocolClient.ts';

/** Leaves a notice and returns the answer. */
export const leave = async (
  client: ProtocolClient,
  to: PeerId,
  box = 'bm90aWNl',
): Promise<'done' | RequestErrorCode> => client.request({ type: 'mail.put', to, box });

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
