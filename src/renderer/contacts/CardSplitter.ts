/** The unfolded content lines between BEGIN and END of a card. */
export type CardLines = readonly string[];

/**
 * Characters of one card; a picture as our own app writes it takes a tenth. Larger cards are passed over.
 */
export const cardChars = 8 * 1024 * 1024;

const begin = /^BEGIN:VCARD\s*$/i;
const end = /^END:VCARD\s*$/i;

/**
 * Cuts a file into cards while it is being read, in time and memory that depend on the largest card and not on
 * the file. Lines are unfolded on the way (RFC 6350 section 3.2); both CRLF and LF end them.
 */
export class CardSplitter {
  /** The last piece read, which may be the beginning of a line. */
  #rest: string[] = [];
  #restChars = 0;
  #lines: string[] = [];
  #folded: string[] = [];
  #chars = 0;
  #inside = false;
  /** The present card is too large; what is left of it is not kept. */
  #tooLarge = false;
  #broken = 0;

  /** Cards that did not end, or were too large. */
  get broken(): number {
    return this.#broken;
  }

  /** The cards that the next piece of the file completes. */
  push(piece: string): CardLines[] {
    const done: CardLines[] = [];
    let from = 0;
    for (let to = piece.indexOf('\n'); to !== -1; to = piece.indexOf('\n', from)) {
      this.#keepRest(piece.slice(from, to));
      from = to + 1;
      this.#line(this.#rest.join('').replace(/\r$/, ''), done);
      this.#rest = [];
      this.#restChars = 0;
    }
    this.#keepRest(piece.slice(from));
    return done;
  }

  /** The cards that the end of the file completes. */
  finish(): CardLines[] {
    const done = this.push('\n');
    if (this.#inside) {
      this.#broken += 1;
      this.#inside = false;
    }
    return done;
  }

  #keepRest(text: string): void {
    if (this.#restChars + text.length > cardChars) {
      this.#tooLarge = true;
      this.#rest = [];
      this.#restChars = 0;
      return;
    }
    this.#rest.push(text);
    this.#restChars += text.length;
  }

  #line(line: string, done: CardLines[]): void {
    if (begin.test(line)) {
      if (this.#inside) {
        this.#broken += 1;
      }
      this.#open();
    } else if (!this.#inside) {
      return;
    } else if (end.test(line)) {
      this.#unfold();
      this.#inside = false;
      if (this.#tooLarge) {
        this.#broken += 1;
      } else {
        done.push(this.#lines);
      }
      this.#lines = [];
    } else {
      this.#keep(line);
    }
  }

  #open(): void {
    this.#inside = true;
    this.#tooLarge = false;
    this.#lines = [];
    this.#folded = [];
    this.#chars = 0;
  }

  #keep(line: string): void {
    this.#chars += line.length;
    if (this.#chars > cardChars) {
      this.#tooLarge = true;
      this.#lines = [];
      this.#folded = [];
    }
    if (this.#tooLarge) {
      return;
    }
    if (line.startsWith(' ') || line.startsWith('\t')) {
      this.#folded.push(line.slice(1));
    } else {
      this.#unfold();
      this.#folded = [line];
    }
  }

  #unfold(): void {
    const line = this.#folded.join('');
    if (line !== '') {
      this.#lines.push(line);
    }
    this.#folded = [];
  }
}
