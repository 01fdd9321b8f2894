import { describe, expect, it } from 'vitest';
import { setUp, Started, together } from './setUp.ts';

describe('setUp', () => {
  it('gives what was made, and ends nothing', async () => {
    const ended: string[] = [];
    const made = await setUp(async (started) =>
      Promise.resolve(started.add('server', async (name) => Promise.resolve(void ended.push(name)))),
    );
    expect({ made, ended }).toEqual({ made: 'server', ended: [] });
  });

  it('ends what was started, last first, when a later part fails', async () => {
    const ended: string[] = [];
    const end = async (name: string): Promise<void> => Promise.resolve(void ended.push(name));
    const failing = setUp(async (started) => {
      started.add('server', end);
      started.add('caller', end);
      return Promise.reject(new Error('no callee'));
    });
    await expect(failing).rejects.toThrow('no callee');
    expect(ended).toEqual(['caller', 'server']);
  });
});

describe('Started', () => {
  it('ends the rest when something cannot be ended, and says so', async () => {
    const ended: string[] = [];
    const started = new Started();
    started.add('server', async (name) => Promise.resolve(void ended.push(name)));
    started.add('caller', async () => Promise.reject(new Error('hangs')));
    await expect(started.close()).rejects.toThrow('hangs');
    expect(ended).toEqual(['server']);
  });
});

describe('together', () => {
  it('fails only when nothing is under way any more', async () => {
    const slow = Promise.withResolvers<string>();
    let over = false;
    const both = together([Promise.reject(new Error('no callee')), slow.promise]).finally(() => {
      over = true;
    });
    await Promise.resolve();
    expect(over).toBe(false);
    slow.resolve('caller');
    await expect(both).rejects.toThrow('no callee');
  });
});
