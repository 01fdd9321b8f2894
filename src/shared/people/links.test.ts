import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPeerId, peerIdFromDigest, peerIdSchema } from '../identity/peerId.ts';
import { formatPeerLink, parsePeerLink, sameServer, serverForLinks, serverInText } from './links.ts';

const id = peerIdFromDigest(Uint8Array.from({ length: 32 }, (_, index) => index * 7 + 3));
const dashed = formatPeerId(id);
const anyId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(peerIdFromDigest);

describe('a link', () => {
  it.each([
    [`peerline:${dashed}`, null],
    [`peerline:${id}`, null],
    [`peerline://${dashed}`, null],
    [`peerline://${dashed.toLowerCase()}/`, null],
    [`PEERLINE:${dashed}`, null],
    [`peerline:${dashed}?server=wss://signal.example.org`, 'wss://signal.example.org'],
    [
      `peerline://${dashed}/?server=wss%3A%2F%2Fsignal.example.org%3A444%2Fa`,
      'wss://signal.example.org:444/a',
    ],
    [`peerline:${dashed}?server=ws://[fd12::1]:7480`, 'ws://[fd12::1]:7480'],
    [`peerline:${dashed}?server=wss://xn--e1awd7f.example`, 'wss://xn--e1awd7f.example'],
    [`peerline:${dashed}?from=mail&server=wss://a.example&x`, 'wss://a.example'],
    [`peerline:${dashed}?`, null],
  ])('%s is read', (text, server) => {
    expect(parsePeerLink(text)).toEqual({ ok: true, value: { id, server } });
  });

  it.each([
    ['nothing', ''],
    ['no id', 'peerline:'],
    ['an id alone', dashed],
    ['another scheme', `tel:${dashed}`],
    ['a short id', `peerline:${dashed.slice(0, -1)}`],
    ['a wrong check character', `peerline:${dashed.slice(0, -1)}${dashed.endsWith('0') ? '1' : '0'}`],
    ['a space before it', ` peerline:${dashed}`],
    ['a line feed after it', `peerline:${dashed}\n`],
    ['a path', `peerline:${dashed}/call`],
    ['a fragment', `peerline:${dashed}#call`],
    ['a user', `peerline:user@${dashed}`],
    ['an empty server', `peerline:${dashed}?server=`],
    ['a server without address', `peerline:${dashed}?server`],
    ['a web address as server', `peerline:${dashed}?server=https://signal.example.org`],
    ['a server with a user name', `peerline:${dashed}?server=wss://user@signal.example.org`],
    ['a port that does not exist', `peerline:${dashed}?server=wss://signal.example.org:99999`],
    ['a host in letters of another script', `peerline:${dashed}?server=wss://ex\u0430mple.org`],
    ['a host that hides its letters', `peerline:${dashed}?server=wss://ex%25D0%25B0mple.org`],
    ['two servers', `peerline:${dashed}?server=wss://a.example&server=wss://b.example`],
    ['text that turns round', `peerline:${dashed}?server=wss://a.example/%E2%80%AEgro.live`],
    ['a control character', `peerline:${dashed}?server=wss://a.example/%00`],
    ['broken percent signs', `peerline:${dashed}?server=%E0%A4%A`],
    ['an endless address', `peerline:${dashed}?server=wss://a.example/${'a'.repeat(600)}`],
    ['an endless link', `peerline:${dashed}?x=${'a'.repeat(10_000)}`],
  ])('is refused with %s', (_what, text) => {
    expect(parsePeerLink(text)).toMatchObject({ ok: false, error: { code: 'PEER_LINK_INVALID' } });
  });

  it('is read back as it was written', () => {
    const server = fc
      .tuple(
        fc.constantFrom('ws', 'wss'),
        fc.oneof(fc.ipV4(), fc.constantFrom('signal.example.org', '[fd12::1]', 'localhost')),
        fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: null }),
        fc.constantFrom('', '/', '/a/b', '/a?b=c&d=%20', '/%E4%BD%A0'),
      )
      .map(([scheme, host, port, path]) => `${scheme}://${host}${port === null ? '' : `:${port}`}${path}`);
    fc.assert(
      fc.property(anyId, fc.option(server, { nil: null }), (who, where) => {
        expect(parsePeerLink(formatPeerLink({ id: who, server: where }))).toEqual({
          ok: true,
          value: { id: who, server: where },
        });
      }),
    );
  }, 30_000);

  it('never throws and never yields an unchecked id or server, whatever it is', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('peerline:', '//', '/', '?', '&', 'server=', 'wss://', '%', '%2', '%00', '#', '@'),
      anyId.map(formatPeerId),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const parsed = parsePeerLink(pieces.join(''));
        return (
          !parsed.ok ||
          (peerIdSchema.safeParse(parsed.value.id).success &&
            /^wss?:\/\/[^\s@]+$/i.test(parsed.value.server ?? 'ws://none'))
        );
      }),
      { numRuns: 1_000 },
    );
  }, 30_000);
});

describe('the server in a link', () => {
  it.each(['ws://localhost:7480', 'ws://127.0.0.1', 'wss://[::1]/a', 'WS://LocalHost'])(
    'is not %s, which is somewhere else for everybody',
    (url) => {
      expect(serverForLinks(url)).toBeNull();
    },
  );

  it.each(['wss://signal.example.org', 'ws://192.168.1.23:7480', 'ws://localhost.example.org'])(
    'may be %s',
    (url) => {
      expect(serverForLinks(url)).toBe(url);
    },
  );
});

describe('two addresses of a server', () => {
  it.each([
    ['wss://Signal.Example.org', 'wss://signal.example.org/'],
    ['WSS://signal.example.org/a/', 'wss://signal.example.org/a'],
  ])('%s and %s are the same', (one, other) => {
    expect(sameServer(one, other)).toBe(true);
  });

  it.each([
    ['ws://signal.example.org', 'wss://signal.example.org'],
    ['wss://signal.example.org/a', 'wss://signal.example.org/A'],
    ['wss://signal.example.org:1', 'wss://signal.example.org:2'],
  ])('%s and %s are not', (one, other) => {
    expect(sameServer(one, other)).toBe(false);
  });
});

describe('the server in a text', () => {
  const server = 'wss://signal.example.org';
  const link = formatPeerLink({ id, server });
  const other = peerIdFromDigest(Uint8Array.from({ length: 32 }, (_, index) => index + 1));

  it.each([
    ['a link alone', link],
    ['a link with the address written plainly', `peerline:${dashed}?server=${server}`],
    ['a link at the end of a sentence', `You find me at ${link}.`],
    ['a link in brackets of a mail', `me <${link}> or not`],
    ['a link in brackets of a sentence', `(${link})`],
    [
      'a link after one to somebody else',
      `${formatPeerLink({ id: other, server: 'wss://a.example' })} ${link}`,
    ],
  ])('is found in %s', (_what, text) => {
    expect(serverInText(text, id)).toEqual({ ok: true, value: server });
  });

  it.each([
    ['an id alone', dashed],
    ['a link without a server', `peerline:${dashed}`],
    ['a link to somebody else', `${dashed} or ${formatPeerLink({ id: other, server })}`],
    ['a link with another parameter', `peerline:${dashed}?from=mail`],
  ])('is none in %s', (_what, text) => {
    expect(serverInText(text, id)).toEqual({ ok: true, value: null });
  });

  it.each([
    ['a web address', `peerline:${dashed}?server=https://example.org`],
    ['two of them', `${link}&server=wss://b.example`],
    ['text that turns round', `peerline:${dashed}?server=wss://a.example/%E2%80%AEgro.live`],
  ])('is refused when it is %s', (_what, text) => {
    expect(serverInText(text, id)).toMatchObject({ ok: false, error: { code: 'PEER_LINK_INVALID' } });
  });

  it('never makes any text throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, linked) => {
        const found = serverInText(linked ? `peerline:${dashed}?${text}` : text, id);
        expect(found.ok ? 'PEER_LINK_INVALID' : found.error.code).toBe('PEER_LINK_INVALID');
      }),
    );
  });
});
