import { describe, expect, it } from 'vitest';
import { callIdSchema } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';
import type { IncomingCall } from '#shared/ipc/contract.ts';
import { makeIdentity } from '#tests/support/main/makeIdentity.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { IncomingPopup } from './IncomingPopup.ts';

async function setUp() {
  const { id: from } = await makeIdentity();
  const log: string[] = [];
  const names = new Map<PeerId, string>();
  const popup = new IncomingPopup({
    window: { show: () => log.push('show'), hide: () => log.push('hide') },
    onChanged: (call) => log.push(call === null ? 'no call' : 'call'),
    describe: (ringing) => ({
      ...ringing,
      name: names.get(ringing.from) ?? null,
      picture: null,
      first: true,
    }),
    block: (id) => log.push(id === from ? 'block the caller' : 'block somebody'),
    onAction: ({ action }) => log.push(action),
    focusMain: () => log.push('focus'),
    logger: testLogger().logger,
  });
  const call = (letter: string): IncomingCall => ({
    callId: callIdSchema.parse(letter.repeat(22)),
    from,
    video: true,
    since: 0,
  });
  return { popup, log, call, names };
}

describe('IncomingPopup', () => {
  it('is seen while a call rings', async () => {
    const { popup, log, call } = await setUp();
    popup.show(call('a'));
    popup.show(null);
    expect(log).toEqual(['call', 'show', 'no call', 'hide']);
  });

  it('is not seen while the main window has the focus, which shows the call itself', async () => {
    const { popup, log, call } = await setUp();
    popup.mainFocusChanged(true);
    popup.show(call('a'));
    expect(log).toEqual(['call']);
    popup.mainFocusChanged(false);
    expect(log).toEqual(['call', 'show']);
    popup.mainFocusChanged(true);
    expect(log).toEqual(['call', 'show', 'hide']);
  });

  it('is not seen while the person does not want to be disturbed', async () => {
    const { popup, log, call } = await setUp();
    popup.quietChanged(true);
    popup.show(call('a'));
    expect(log).toEqual(['call']);
    popup.quietChanged(false);
    expect(log).toEqual(['call', 'show']);
  });

  it.each(['accept', 'voice'] as const)('brings the app to the front on %s', async (action) => {
    const { popup, log, call } = await setUp();
    popup.show(call('a'));
    popup.respond(call('a').callId, action);
    expect(log).toEqual(['call', 'show', 'hide', 'focus', action]);
  });

  it('declines without bringing the app to the front', async () => {
    const { popup, log, call } = await setUp();
    popup.show(call('a'));
    popup.respond(call('a').callId, 'decline');
    expect(log).toEqual(['call', 'show', 'hide', 'decline']);
  });

  it('goes away on dismiss and lets the call ring in the app', async () => {
    const { popup, log, call } = await setUp();
    popup.show(call('a'));
    popup.respond(call('a').callId, 'dismiss');
    popup.mainFocusChanged(true);
    popup.mainFocusChanged(false);
    expect(log).toEqual(['call', 'show', 'hide']);
    expect(popup.call).toMatchObject(call('a'));
  });

  it('is seen again for the next call after a dismissed one', async () => {
    const { popup, log, call } = await setUp();
    popup.show(call('a'));
    popup.respond(call('a').callId, 'dismiss');
    popup.show(call('b'));
    expect(log.slice(3)).toEqual(['call', 'show']);
  });

  it('ignores an answer to a call that is over', async () => {
    const { popup, log, call } = await setUp();
    popup.show(call('b'));
    popup.respond(call('a').callId, 'accept');
    expect(log).toEqual(['call', 'show']);
  });

  it('blocks the caller before the call ends, so that no word of it goes out', async () => {
    const { popup, log, call } = await setUp();
    popup.show(call('a'));
    popup.respond(call('a').callId, 'block');
    expect(log.slice(2)).toEqual(['hide', 'block the caller', 'block']);
  });

  it('brings the app to the front to add the caller, and is there again when the app is left', async () => {
    const { popup, log, call } = await setUp();
    popup.show(call('a'));
    popup.respond(call('a').callId, 'add');
    expect(log.slice(2)).toEqual(['focus', 'add']);
    popup.mainFocusChanged(true);
    popup.mainFocusChanged(false);
    expect(log.slice(4)).toEqual(['hide', 'show']);
  });

  it('says who calls, also when they become a contact while it rings', async () => {
    const { popup, log, call, names } = await setUp();
    popup.show(call('a'));
    expect(popup.call).toMatchObject({ name: null, first: true });
    names.set(call('a').from, 'caller');
    popup.refresh();
    expect(popup.call).toMatchObject({ name: 'caller' });
    expect(log).toEqual(['call', 'show', 'call']);
  });

  it('has nothing to refresh when no call rings', async () => {
    const { popup, log } = await setUp();
    popup.refresh();
    expect(log).toEqual([]);
  });
});
