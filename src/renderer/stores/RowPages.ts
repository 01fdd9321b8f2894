interface Page<T> {
  readonly rows: readonly T[];
  readonly stale: boolean;
}

/**
 * A part of a long list that lives elsewhere, in pages around what is looked at. Old pages stay readable
 * while newer ones are on their way, so that nothing flickers.
 */
export class RowPages<T> {
  readonly #pageRows: number;
  readonly #maxPages: number;
  readonly #pages = new Map<number, Page<T>>();
  #first = 0;
  #last = 0;
  #generation = 0;

  constructor(options: {
    readonly pageRows: number;
    /** Pages kept at most; those farthest from what is looked at go first. */
    readonly maxPages: number;
  }) {
    this.#pageRows = options.pageRows;
    this.#maxPages = options.maxPages;
  }

  /** Names the state of the list; a page asked for in an earlier one is stale when it comes. */
  get generation(): number {
    return this.#generation;
  }

  get size(): number {
    return this.#pages.size;
  }

  /** Undefined: not here. */
  get(index: number): T | undefined {
    return this.#pages.get(Math.floor(index / this.#pageRows))?.rows[index % this.#pageRows];
  }

  /** The rows that are looked at, both ends included. */
  look(first: number, last: number): void {
    this.#first = Math.max(0, first);
    this.#last = Math.max(this.#first, last);
  }

  /** The page to ask for next: one that is missing before one that is only stale; undefined: all are here. */
  wanted(): number | undefined {
    const from = Math.floor(this.#first / this.#pageRows);
    const to = Math.floor(this.#last / this.#pageRows);
    const numbers = Array.from({ length: to - from + 1 }, (_, at) => from + at);
    return (
      numbers.find((page) => !this.#pages.has(page)) ??
      numbers.find((page) => this.#pages.get(page)?.stale === true)
    );
  }

  /** Takes a page that was asked for in `generation`. */
  put(page: number, rows: readonly T[], generation: number): void {
    this.#pages.set(page, { rows, stale: generation !== this.#generation });
    const centre = (this.#first + this.#last) / 2 / this.#pageRows;
    const distance = (number: number) => Math.abs(number + 0.5 - centre);
    while (this.#pages.size > this.#maxPages) {
      const farthest = [...this.#pages.keys()].reduce((a, b) => (distance(b) > distance(a) ? b : a));
      this.#pages.delete(farthest);
    }
  }

  /** The list changed: every page is asked for again once it is looked at. */
  outdate(): void {
    this.#generation += 1;
    for (const [page, { rows }] of this.#pages) {
      this.#pages.set(page, { rows, stale: true });
    }
  }

  /** Another list. */
  clear(): void {
    this.#generation += 1;
    this.#pages.clear();
  }
}
