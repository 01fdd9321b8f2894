import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { Logger } from '#shared/logging.ts';
import type { Backplane, NodeId } from './Backplane.ts';
import {
  nodeMessageSchema,
  type NodeMessage,
  type NodeNews,
  type NodeReply,
  type NodeRequest,
} from './nodeMessages.ts';

interface Waiting {
  readonly resolve: (reply: NodeReply | undefined) => void;
  readonly cancel: CancelTimer;
}

/** Questions and answers between nodes over the one-way messages of the backplane. */
export class NodeLink {
  readonly #backplane: Backplane;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #replyMs: number;
  readonly #serve: (request: NodeRequest) => NodeReply;
  readonly #heard: (news: NodeNews) => void;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(options: {
    readonly backplane: Backplane;
    readonly clock: Clock;
    readonly logger: Logger;
    /** How long an answer may take, milliseconds. */
    readonly replyMs: number;
    /** Answers what other nodes ask of this one. */
    readonly serve: (request: NodeRequest) => NodeReply;
    /** Takes what other nodes tell this one. */
    readonly heard: (news: NodeNews) => void;
  }) {
    this.#backplane = options.backplane;
    this.#clock = options.clock;
    this.#log = options.logger;
    this.#replyMs = options.replyMs;
    this.#serve = options.serve;
    this.#heard = options.heard;
  }

  /** Undefined when the node is gone, or does not answer in time. The question is under way on return. */
  async ask(node: NodeId, request: NodeRequest): Promise<NodeReply | undefined> {
    const ask = this.#next++;
    return new Promise((resolve) => {
      const cancel = this.#clock.after(this.#replyMs, () => this.#settle(ask, undefined));
      this.#waiting.set(ask, { resolve, cancel });
      void this.#publish(node, { ask, node: this.#backplane.nodeId, request }).then((arrived) => {
        if (!arrived) {
          this.#settle(ask, undefined);
        }
      });
    });
  }

  /** Done once it is on its way; nobody learns whether it arrives. */
  async tell(node: NodeId, news: NodeNews): Promise<void> {
    await this.#publish(node, { tell: news });
  }

  /** Text that came from another node. */
  receive(text: string): void {
    const message = this.#parse(text);
    if (message === undefined) {
      this.#log.warn('node message refused', { length: text.length });
    } else if ('tell' in message) {
      this.#heard(message.tell);
    } else if ('answer' in message) {
      this.#settle(message.answer, message.reply);
    } else {
      void this.#publish(message.node, { answer: message.ask, reply: this.#serve(message.request) });
    }
  }

  close(): void {
    for (const ask of [...this.#waiting.keys()]) {
      this.#settle(ask, undefined);
    }
  }

  #settle(ask: number, reply: NodeReply | undefined): void {
    const waiting = this.#waiting.get(ask);
    this.#waiting.delete(ask);
    waiting?.cancel();
    waiting?.resolve(reply);
  }

  async #publish(node: NodeId, message: NodeMessage): Promise<boolean> {
    const result = await this.#backplane.publish(node, JSON.stringify(message));
    if (!result.ok) {
      this.#log.warn('node message not sent', { reason: result.error.message });
    }
    return result.ok && result.value;
  }

  #parse(text: string): NodeMessage | undefined {
    try {
      return nodeMessageSchema.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined;
    }
  }
}
