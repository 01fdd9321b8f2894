/** What the app gets for every part of Electron's API that this shell lacks: named, and never silent. */
export class NotImplementedError extends Error {
  override readonly name = 'NotImplementedError';

  constructor(what: string) {
    super(`chromium-shell: ${what} is not implemented`);
  }
}

const SUBSCRIBERS = new Set(['on', 'once', 'addListener', 'prependListener', 'prependOnceListener']);

/** Names that JavaScript itself, a debugger or an assertion library looks up on any object. */
const PROBED = new Set([
  'then',
  'toJSON',
  'inspect',
  'asymmetricMatch',
  'nodeType',
  '$$typeof',
  'constructor',
]);

/**
 * Gives `implementation` Electron's type `T`. Reading a member that it lacks throws, and so does
 * subscribing to an event that the shell never emits: a listener that cannot fire would hide a fault.
 */
export function guard<T extends object>(
  name: string,
  implementation: Partial<Record<keyof NoInfer<T>, unknown>>,
  events?: readonly string[],
): T {
  const proxy: object = new Proxy(implementation, {
    get(target, key) {
      if (!(key in target)) {
        if (typeof key === 'symbol' || PROBED.has(key)) {
          return undefined;
        }
        throw new NotImplementedError(`${name}.${key}`);
      }
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function' || key === 'constructor') {
        return value;
      }
      return (...args: unknown[]): unknown => {
        const [event] = args;
        if (events !== undefined && SUBSCRIBERS.has(String(key)) && !events.includes(String(event))) {
          throw new NotImplementedError(`${name}.${String(key)}('${String(event)}')`);
        }
        const result: unknown = Reflect.apply(value, target, args);
        return result === target ? proxy : result;
      };
    },
    // Setters, too, need the object itself: a proxy has none of its private fields.
    set: (target, key, value: unknown) => Reflect.set(target, key, value),
  });
  return proxy as T;
}

/** A proxy reaches its trap of `new` only when what lies below could be constructed. */
const constructible = (): object =>
  function shell(): void {
    throw new NotImplementedError('calling a class of Electron without `new`');
  };

/** A class of Electron's: `new` gives what `construct` gives; statics are the members of `statics`. */
export function guardClass(name: string, construct: (...args: unknown[]) => object, statics: object): object {
  return new Proxy(constructible(), {
    construct: (_target, args: unknown[]) => construct(...args),
    get(target, key) {
      if (key in statics) {
        return Reflect.get(statics, key) as unknown;
      }
      if (typeof key === 'symbol' || key === 'prototype' || PROBED.has(key)) {
        return Reflect.get(target, key) as unknown;
      }
      throw new NotImplementedError(`${name}.${key}`);
    },
  });
}

/** Stands in for a whole module or class of Electron's: any read, call or `new` throws. */
export function absent(name: string): object {
  const fail = (): never => {
    throw new NotImplementedError(name);
  };
  return new Proxy(constructible(), {
    get(_target, key) {
      if (typeof key === 'symbol' || PROBED.has(key)) {
        return undefined;
      }
      throw new NotImplementedError(`${name}.${key}`);
    },
    apply: fail,
    construct: fail,
  });
}
