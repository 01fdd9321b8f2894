/**
 * What was answered lately, by `ref`. Two generations instead of an exact order: the older one goes as a whole
 * when the younger one is full or its time is over, so that nothing is removed entry by entry.
 */
export class RecentAnswers<T> {
  readonly #capacity: number;
  readonly #lifetimeMs: number;
  #young = new Map<string, T | undefined>();
  #old: Map<string, T | undefined> | undefined;
  /** When the latest entry was added to each. */
  #youngAt = 0;
  #oldAt = 0;

  /** Keeps at least the last `capacity` refs, and at most twice as many, for at least `lifetimeMs`. */
  constructor(options: { readonly capacity: number; readonly lifetimeMs: number }) {
    this.#capacity = options.capacity;
    this.#lifetimeMs = options.lifetimeMs;
  }

  has(ref: string): boolean {
    return this.#young.has(ref) || (this.#old?.has(ref) ?? false);
  }

  /** Undefined when the ref is unknown, or known and not answered yet. */
  get(ref: string): T | undefined {
    return this.#young.get(ref) ?? this.#old?.get(ref);
  }

  /** Notes a ref whose answer is being found out, or the answer right away. `now` in milliseconds, steady. */
  add(ref: string, now: number, answer?: T): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#oldAt = this.#youngAt;
      this.#young = new Map();
    }
    this.#young.set(ref, answer);
    this.#youngAt = now;
  }

  /** The answer of a ref that was added; nothing happens when it was forgotten meanwhile. */
  answer(ref: string, answer: T): void {
    const generation = this.#young.has(ref) ? this.#young : this.#old;
    if (generation?.has(ref) === true) {
      generation.set(ref, answer);
    }
  }

  delete(ref: string): void {
    this.#young.delete(ref);
    this.#old?.delete(ref);
  }

  /** Forgets generations whose time is over; false when nothing is left. */
  prune(now: number): boolean {
    if (this.#oldAt + this.#lifetimeMs <= now) {
      this.#old = undefined;
    }
    return this.#youngAt + this.#lifetimeMs > now;
  }

  *answered(): Generator<readonly [string, T]> {
    for (const generation of [this.#old, this.#young]) {
      for (const [ref, answer] of generation ?? []) {
        if (answer !== undefined) {
          yield [ref, answer];
        }
      }
    }
  }
}
