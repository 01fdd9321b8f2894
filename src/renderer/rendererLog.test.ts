import { expect, it } from 'vitest';
import { commands, type CommandArgs } from '#shared/ipc/contract.ts';
import { ok } from '#shared/result.ts';
import { createRendererLog } from './rendererLog.ts';

function setUp() {
  const written: CommandArgs<'logWrite'>[] = [];
  const log = createRendererLog({
    logWrite: async (args) => {
      written.push(args);
      return Promise.resolve(ok(null));
    },
  });
  return { log, written };
}

it('writes an error flat, with its class', () => {
  const { log, written } = setUp();
  log.error('failed', { error: new TypeError('no'), callId: 'c', ms: 5, wasLast: false, device: null });
  expect(written[0]?.context).toMatchObject({
    ...{ callId: 'c', ms: 5, wasLast: false, device: null },
    'error.name': 'TypeError',
    'error.message': 'no',
    'error.stack': expect.stringContaining('TypeError: no') as string,
  });
});

it('leaves out what is no plain fact', () => {
  const { log, written } = setUp();
  log.warn('odd', { call: () => 1, missing: undefined, rate: Number.NaN, big: 1n, list: ['a', { b: 2 }] });
  expect(written[0]?.context).toEqual({ 'list.0': 'a', 'list.1.b': 2 });
});

it.each([
  ['a long text', { text: 'x'.repeat(1_000_000) }],
  ['a long key', { ['k'.repeat(1_000)]: 1 }],
  ['many keys', Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, index]))],
  ['a long list', { list: Array.from({ length: 10_000 }, () => 'x'.repeat(100)) }],
])('cuts %s to what main takes', (_, context) => {
  const { log, written } = setUp();
  log.warn('odd '.repeat(1_000), context);
  expect(commands.logWrite.args.safeParse(written[0])).toMatchObject({ success: true });
});
