/** What a setup has started so far. */
export class Started {
  readonly #ends: (() => Promise<void>)[] = [];

  /** Notes how `thing` ends. */
  add<T>(thing: T, end: (thing: T) => Promise<void>): T {
    this.#ends.push(async () => end(thing));
    return thing;
  }

  /** Ends everything, last started first; what cannot be ended keeps nothing else from ending. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const end of this.#ends.splice(0).reverse()) {
      await end().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) {
      throw failures.length === 1 ? failures[0] : new AggregateError(failures, 'not everything has ended');
    }
  }
}

/** Makes something of several parts. When one of them fails, those that were started are ended. */
export async function setUp<T>(make: (started: Started) => Promise<T>): Promise<T> {
  const started = new Started();
  try {
    return await make(started);
  } catch (error) {
    await started.close();
    throw error;
  }
}

/** As `Promise.all`, but when one fails none of the others is still under way. */
export async function together<T extends readonly unknown[] | []>(
  tasks: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
