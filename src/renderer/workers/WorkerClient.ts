/** What a worker sends back for the question with the same number. */
export type WorkerReply<Answer> =
  | { readonly n: number; readonly ok: true; readonly answer: Answer }
  | { readonly n: number; readonly ok: false; readonly message: string };

export interface WorkerQuestion<Question> {
  readonly n: number;
  readonly question: Question;
}

interface Waiting<Answer> {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** Asks a worker of ours, which is started with the first question and ends with `close()`. */
export class WorkerClient<Question, Answer> {
  readonly #start: () => Worker;
  readonly #waiting = new Map<number, Waiting<Answer>>();
  #worker: Worker | undefined;
  #asked = 0;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  /** Rejects when the worker threw, could not be loaded, or was closed meanwhile. */
  async ask(question: Question, transfer: Transferable[] = []): Promise<Answer> {
    this.#worker ??= this.#launch();
    const worker = this.#worker;
    const n = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject });
      const message: WorkerQuestion<Question> = { n, question };
      worker.postMessage(message, transfer);
    });
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#refuseAll('the worker was closed');
  }

  #launch(): Worker {
    const worker = this.#start();
    worker.onmessage = ({ data }: MessageEvent<WorkerReply<Answer>>) => {
      const waiting = this.#waiting.get(data.n);
      this.#waiting.delete(data.n);
      if (data.ok) {
        waiting?.resolve(data.answer);
      } else {
        waiting?.reject(new Error(data.message));
      }
    };
    worker.onerror = () => {
      worker.terminate();
      this.#worker = undefined;
      this.#refuseAll('the worker failed');
    };
    return worker;
  }

  #refuseAll(message: string): void {
    for (const { reject } of this.#waiting.values()) {
      reject(new Error(message));
    }
    this.#waiting.clear();
  }
}
