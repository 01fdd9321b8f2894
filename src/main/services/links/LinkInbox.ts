import type { Logger } from '#shared/logging.ts';
import type { Notice } from '#shared/ipc/contract.ts';
import { parsePeerLink, type PeerLink } from '#shared/people/links.ts';

interface LinkReader {
  readonly opened: (link: PeerLink) => void;
  readonly refused: (notice: Notice) => void;
  readonly logger: Logger;
}

/** Takes the links that the system hands over, from before there is anybody who could ask the person about them. */
export class LinkInbox {
  #reader: LinkReader | undefined;
  #waiting: string | undefined;

  /** `text`: as it came, from a web page or anybody's mail. Of several before the start the last one counts. */
  open(text: string): void {
    if (this.#reader === undefined) {
      this.#waiting = text;
      return;
    }
    const link = parsePeerLink(text);
    if (link.ok) {
      this.#reader.opened(link.value);
    } else {
      // The text itself stays out of the log and of the page: it says whatever its author likes.
      this.#reader.logger.info('link refused', { cause: link.error.message });
      this.#reader.refused({ code: 'PEER_LINK_INVALID' });
    }
  }

  start(reader: LinkReader): void {
    this.#reader = reader;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) {
      this.open(waiting);
    }
  }
}
