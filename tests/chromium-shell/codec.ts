export interface Codec {
  /** Throws what Electron throws for a value that the structured clone algorithm refuses. */
  encode(value: unknown): string;
  decode(text: string): unknown;
}

/**
 * Carries values between page and main as structured clone would: undefined, NaN, BigInt, dates, maps,
 * sets, typed arrays, errors, cycles. One function without outside references, because its text is also
 * what runs in the page.
 */
export function createCodec(): Codec {
  const TYPED = [
    'Uint8Array',
    'Int8Array',
    'Uint8ClampedArray',
    'Uint16Array',
    'Int16Array',
    'Uint32Array',
    'Int32Array',
  ];
  TYPED.push('Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'DataView');
  const tagOf = (value: object): string => Object.prototype.toString.call(value).slice(8, -1);

  const toBase64 = (bytes: Uint8Array): string => {
    let text = '';
    for (let at = 0; at < bytes.length; at += 0x2000) {
      text += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
    }
    return btoa(text);
  };
  const fromBase64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

  function encode(root: unknown): string {
    const nodes: unknown[] = [];
    const seen = new Map<object, number>();

    const visitObject = (value: object): unknown => {
      const tag = tagOf(value);
      if (Array.isArray(value)) {
        return ['a', Array.from(value as unknown[], visit)];
      }
      if (value instanceof Error) {
        return ['e', value.name, value.message, value.stack];
      }
      if (tag === 'Date') {
        return ['d', (value as Date).getTime()];
      }
      if (tag === 'RegExp') {
        return ['r', (value as RegExp).source, (value as RegExp).flags];
      }
      if (tag === 'Map') {
        return ['m', [...(value as Map<unknown, unknown>)].map(([key, item]) => [visit(key), visit(item)])];
      }
      if (tag === 'Set') {
        return ['s', [...(value as Set<unknown>)].map(visit)];
      }
      if (tag === 'ArrayBuffer') {
        return ['t', 'ArrayBuffer', toBase64(new Uint8Array(value as ArrayBuffer))];
      }
      if (TYPED.includes(tag)) {
        const view = value as ArrayBufferView;
        return ['t', tag, toBase64(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))];
      }
      if (tag === 'Object') {
        return ['o', Object.entries(value).map(([key, item]) => [key, visit(item)])];
      }
      throw new DOMException('An object could not be cloned.', 'DataCloneError');
    };

    const visit = (value: unknown): number => {
      const index = nodes.length;
      if (typeof value === 'object' && value !== null) {
        const known = seen.get(value);
        if (known !== undefined) {
          return known;
        }
        seen.set(value, index);
        nodes.push(undefined);
        nodes[index] = visitObject(value);
        return index;
      }
      if (typeof value === 'function' || typeof value === 'symbol') {
        throw new DOMException('An object could not be cloned.', 'DataCloneError');
      }
      if (value === undefined) {
        nodes.push(['u']);
      } else if (typeof value === 'bigint') {
        nodes.push(['b', value.toString()]);
      } else if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
        nodes.push(['n', Object.is(value, -0) ? '-0' : String(value)]);
      } else {
        nodes.push(['p', value]);
      }
      return index;
    };

    visit(root);
    return JSON.stringify(nodes);
  }

  function decode(text: string): unknown {
    const nodes = JSON.parse(text) as [string, unknown, unknown, unknown][];
    const built = new Map<number, unknown>();

    const keep = <T>(index: number, value: T): T => {
      built.set(index, value);
      return value;
    };

    const typed = (type: string, bytes: Uint8Array): unknown => {
      const constructors = globalThis as unknown as Record<string, new (buffer: ArrayBufferLike) => unknown>;
      const Constructor = constructors[type];
      return type === 'ArrayBuffer' || Constructor === undefined
        ? bytes.buffer
        : new Constructor(bytes.buffer);
    };

    const build = (index: number): unknown => {
      if (built.has(index)) {
        return built.get(index);
      }
      const [tag, first, second, third] = nodes[index] ?? ['u', undefined, undefined, undefined];
      switch (tag) {
        case 'p':
          return first;
        case 'n':
          return Number(first);
        case 'b':
          return BigInt(String(first));
        case 'd':
          return keep(index, new Date(Number(first)));
        case 'r':
          return keep(index, new RegExp(String(first), String(second)));
        case 't':
          return keep(index, typed(String(first), fromBase64(String(second))));
        case 'e': {
          const error = keep(index, new Error(String(second)));
          error.name = String(first);
          error.stack = String(third);
          return error;
        }
        case 'a': {
          const list = keep<unknown[]>(index, []);
          for (const item of first as number[]) {
            list.push(build(item));
          }
          return list;
        }
        case 'o': {
          const record = keep<Record<string, unknown>>(index, {});
          for (const [key, item] of first as [string, number][]) {
            Object.defineProperty(record, key, {
              value: build(item),
              enumerable: true,
              writable: true,
              configurable: true,
            });
          }
          return record;
        }
        case 'm': {
          const map = keep(index, new Map<unknown, unknown>());
          for (const [key, item] of first as [number, number][]) {
            map.set(build(key), build(item));
          }
          return map;
        }
        case 's': {
          const set = keep(index, new Set<unknown>());
          for (const item of first as number[]) {
            set.add(build(item));
          }
          return set;
        }
        default:
          return undefined;
      }
    };
    return build(0);
  }

  return { encode, decode };
}
