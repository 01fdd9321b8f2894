import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { RtcPort } from './ports.ts';

interface Question<T> {
  readonly rtc: Pick<RtcPort, 'createConnection'>;
  readonly clock: Pick<Clock, 'after'>;
  readonly configuration: RTCConfiguration;
  /** What was found until then is the answer, milliseconds. */
  readonly withinMs: number;
  /** Null comes after the last candidate. Undefined: not answered yet. */
  readonly onCandidate: (candidate: RTCIceCandidate | null) => T | undefined;
  readonly onError: (event: RTCPeerConnectionIceErrorEvent) => T | undefined;
  readonly onLate: () => T;
}

/**
 * Lets a connection to nobody gather candidates until they answer a question, and leaves nothing of it behind.
 * Undefined: it could not begin, as with an address that is none. Never fails.
 */
export async function gatherFor<T>(question: Question<T>): Promise<T | undefined> {
  let connection: RTCPeerConnection;
  try {
    connection = question.rtc.createConnection(question.configuration);
  } catch {
    return undefined;
  }
  let cancel: CancelTimer = () => undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const take = (answer: T | undefined): void => {
        if (answer !== undefined) {
          resolve(answer);
        }
      };
      cancel = question.clock.after(question.withinMs, () => resolve(question.onLate()));
      connection.addEventListener('icecandidate', ({ candidate }) => take(question.onCandidate(candidate)));
      connection.addEventListener('icecandidateerror', (event) => take(question.onError(event)));
      connection.createDataChannel('probe');
      connection.setLocalDescription().catch(reject);
    });
  } catch {
    return undefined;
  } finally {
    cancel();
    connection.close();
  }
}
