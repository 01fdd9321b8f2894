import { describe, expect, it } from 'vitest';
import type { PeerLink } from '#shared/people/links.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import { scenesAt } from '#tests/support/uiHarness/scenes.ts';
import { storeHarness } from '#tests/support/uiHarness/storeHarness.ts';
import { useAppStore } from './app.ts';
import { useLinksStore } from './links.ts';
import { useNoticesStore } from './notices.ts';

const link = (server: string | null = null): PeerLink => ({ id: personId(9), server });
const call = (scene: string) => scenesAt(0)[scene]?.call;

describe('a link', () => {
  it('is shown, and goes when it is closed', () => {
    const { main } = storeHarness();
    const store = useLinksStore();
    main.events.emit('linkOpened', link());
    expect(store.link).toEqual(link());
    store.close();
    expect(store.link).toBeNull();
  });

  it.each(['outgoing', 'incoming', 'connecting', 'connected', 'reconnecting'])(
    'waits while a call is %s',
    (scene) => {
      const { main, engine } = storeHarness();
      const store = useLinksStore();
      engine.show(call(scene));
      main.events.emit('linkOpened', link());
      expect(store.link).toBeNull();
      engine.show(call('endedTalked'));
      expect(store.link).toEqual(link());
    },
  );

  it('that is good puts the notice about a bad one away, and no other notice', () => {
    const { main } = storeHarness({ info: { notices: [{ code: 'IDENTITY_UNPROTECTED' }] } });
    useLinksStore();
    const notices = useNoticesStore();
    main.events.emit('notice', { code: 'PEER_LINK_INVALID' });
    expect(notices.notices).toHaveLength(2);
    main.events.emit('linkOpened', link());
    expect(notices.notices.map(({ code }) => code)).toEqual(['IDENTITY_UNPROTECTED']);
  });

  it('that was typed is asked about like one that was opened', () => {
    storeHarness();
    const store = useLinksStore();
    store.ask(link('wss://signal.example.org'));
    expect(store.link).toEqual(link('wss://signal.example.org'));
    expect(store.otherServer).toBe('wss://signal.example.org');
  });

  it('does not dial', () => {
    const { main, engine } = storeHarness();
    useLinksStore();
    main.events.emit('linkOpened', link('wss://signal.example.org'));
    expect(engine.commands.map(([name]) => name)).not.toContain('dial');
  });
});

describe('the server of a link', () => {
  const other = 'wss://signal.example.org';
  const remote = { server: { mode: 'remote', url: other, openToNetwork: false, port: 7480 } } as const;

  it('is the one in use in whichever letters that was entered', () => {
    const idn = { ...remote.server, url: 'wss://b\u00FCro.example' };
    const online = { phase: 'online', url: idn.url, since: 0 } as const;
    const { main } = storeHarness({ settings: { server: idn }, info: { signaling: online } });
    const store = useLinksStore();
    const { link: copied } = useAppStore();
    expect(copied).toContain(encodeURIComponent('wss://xn--bro-hoa.example'));
    main.events.emit('linkOpened', link('wss://xn--bro-hoa.example'));
    expect(store.otherServer).toBeNull();
  });

  it('is changed only when the person says so', async () => {
    const { main } = storeHarness();
    const store = useLinksStore();
    main.events.emit('linkOpened', link(other));
    expect(store.otherServer).toBe(other);
    expect(main.argsOf('settingsUpdate')).toEqual([]);
    await store.switchServer();
    expect(main.argsOf('settingsUpdate')).toEqual([{ server: { mode: 'remote', url: other } }]);
  });

  it('stays another one until the person has decided, once for each link', () => {
    const { main } = storeHarness();
    const store = useLinksStore();
    main.events.emit('linkOpened', link(other));
    store.stay();
    expect(store.otherServer).toBeNull();
    main.events.emit('linkOpened', link(other));
    expect(store.otherServer).toBe(other);
  });

  it('is no other when it is the present one in another spelling', () => {
    const { main } = storeHarness({
      settings: remote,
      info: { signaling: { phase: 'online', url: other, since: 0 } },
    });
    const store = useLinksStore();
    main.events.emit('linkOpened', link('WSS://Signal.Example.org/'));
    expect(store.otherServer).toBeNull();
  });

  it('is no other when it is an address of the own server', () => {
    const lan = 'ws://192.168.1.23:7480';
    const { main } = storeHarness({
      info: { ownServer: { phase: 'running', port: 7480, addresses: [lan] } },
    });
    const store = useLinksStore();
    main.events.emit('linkOpened', link(lan));
    expect(store.otherServer).toBeNull();
  });

  it('cannot take the place of the one on the command line', async () => {
    const { main } = storeHarness({ info: { serverOverride: 'ws://127.0.0.1:1' } });
    const store = useLinksStore();
    main.events.emit('linkOpened', link(other));
    await store.switchServer();
    expect(store.serverFixed).toBe(true);
    expect(main.argsOf('settingsUpdate')).toEqual([]);
  });

  it('says why it was not changed', async () => {
    const { main } = storeHarness({ refuse: ['settingsUpdate'] });
    const store = useLinksStore();
    main.events.emit('linkOpened', link(other));
    await store.switchServer();
    expect(store.problem).toBe('APP_INTERNAL');
    expect(store.otherServer).toBe(other);
  });
});
