import type { Backplane } from '#server/Backplane.ts';
import type { ServerLimits } from '#server/limits.ts';
import { MemoryBackplane, MemoryHub } from '#server/MemoryBackplane.ts';
import { RedisBackplane } from '#server/RedisBackplane.ts';
import { RedisServer } from './redisServer.ts';
import { testLogger } from './testLogger.ts';
import { TestServer } from './testServer.ts';

/** How often a server asked its backplane for what. */
type Calls = ReadonlyMap<string, number>;

/** The same backplane, with every call counted by name. */
function counted(backplane: Backplane, calls: Map<string, number>): Backplane {
  return new Proxy(backplane, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') {
        return value;
      }
      return (...args: unknown[]): unknown => {
        calls.set(String(name), (calls.get(String(name)) ?? 0) + 1);
        return Reflect.apply(value, target, args);
      };
    },
  });
}

export interface CountedNode {
  readonly server: TestServer;
  readonly calls: Calls;
  /** Forgets what was counted. */
  readonly reset: () => void;
}

/** Servers that work as one, over one kind of backplane. */
export interface NodeSuite {
  readonly name: string;
  readonly setUp: () => Promise<void>;
  readonly tearDown: () => Promise<void>;
  /** Starts a node; it knows all others started since `setUp`. */
  readonly start: (limits?: Partial<ServerLimits>) => Promise<CountedNode>;
  /** The Redis between them, if it is one. */
  readonly redis: () => RedisServer | undefined;
}

async function startCounted(backplane: Backplane, limits: Partial<ServerLimits>): Promise<CountedNode> {
  const calls = new Map<string, number>();
  const server = await TestServer.start({ backplane: counted(backplane, calls), limits });
  return { server, calls, reset: () => calls.clear() };
}

function memorySuite(): NodeSuite {
  let hub = new MemoryHub();
  return {
    name: 'in memory',
    setUp: async () => {
      hub = new MemoryHub();
      return Promise.resolve();
    },
    tearDown: async () => Promise.resolve(),
    start: async (limits = {}) => startCounted(new MemoryBackplane({ hub }), limits),
    redis: () => undefined,
  };
}

function redisSuite(): NodeSuite {
  let redis: RedisServer | undefined;
  return {
    name: 'over Redis',
    setUp: async () => {
      redis = await RedisServer.start();
    },
    tearDown: async () => redis?.stop(),
    start: async (limits = {}) =>
      startCounted(new RedisBackplane({ url: redis?.url ?? '', logger: testLogger().logger }), limits),
    redis: () => redis,
  };
}

/** Both kinds of backplane, for suites that must hold over either. */
export const nodeSuites = (): readonly NodeSuite[] => [memorySuite(), redisSuite()];
