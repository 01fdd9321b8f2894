import { describe, expect, it } from 'vitest';
import { Emitter } from '#shared/emitter.ts';
import { fail, ok, type Result } from '#shared/result.ts';
import { followState } from './followState.ts';

function setUp() {
  const events = new Emitter<{ changed: string }>((error) => {
    throw error;
  });
  const answer = Promise.withResolvers<Result<string>>();
  const seen: string[] = [];
  const followed = followState({
    read: async () => answer.promise,
    onChanged: (listener) => events.on('changed', listener),
    apply: (next) => seen.push(next),
  });
  return { events, answer, seen, followed };
}

describe('followState', () => {
  it('applies what was read, and then every change', async () => {
    const { events, answer, seen, followed } = setUp();
    answer.resolve(ok('read'));
    await followed;
    events.emit('changed', 'later');
    expect(seen).toEqual(['read', 'later']);
  });

  it('lets a change win over an answer that comes after it', async () => {
    const { events, answer, seen, followed } = setUp();
    events.emit('changed', 'newer');
    answer.resolve(ok('older'));
    await followed;
    expect(seen).toEqual(['newer']);
  });

  it('says why nothing could be read, and follows all the same', async () => {
    const { events, answer, seen, followed } = setUp();
    answer.resolve(fail('APP_INTERNAL', 'not read'));
    expect(await followed).toMatchObject({ ok: false });
    events.emit('changed', 'later');
    expect(seen).toEqual(['later']);
  });
});
