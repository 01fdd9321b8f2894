import type { WorkerQuestion, WorkerReply } from './WorkerClient.ts';

/** What we use of a worker's global scope, whose types do not go together with those of a page. */
interface WorkerScope {
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  postMessage(message: unknown): void;
}

/**
 * The worker's side of `WorkerClient`: questions are answered one after the other. Their type is that of the
 * client, which is ours as well.
 */
export function answerQuestions(answer: (question: never) => unknown): void {
  const scope = globalThis as unknown as WorkerScope;
  const reply = (message: WorkerReply<unknown>) => scope.postMessage(message);
  let queue = Promise.resolve();
  scope.onmessage = ({ data }) => {
    const { n, question } = data as WorkerQuestion<never>;
    queue = queue.then(async () => {
      try {
        reply({ n, ok: true, answer: await answer(question) });
      } catch (error) {
        reply({ n, ok: false, message: error instanceof Error ? error.message : String(error) });
      }
    });
  };
}
