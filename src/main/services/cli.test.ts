import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCli } from './cli.ts';

const options = (argv: readonly string[]) => {
  const parsed = parseCli(argv);
  return parsed.ok ? parsed.options : parsed.problem;
};

describe('parseCli', () => {
  it('starts the default profile without arguments', () => {
    expect(options([])).toEqual({ profile: undefined, server: undefined, help: false, link: undefined });
  });

  it.each([
    [['--profile', 'second'], 'second'],
    [['--profile=second'], 'second'],
    [['.', '--no-sandbox', '--profile', 'a-b_3', '--inspect=0'], 'a-b_3'],
    [['--profile', 'one', '--profile', 'two'], 'two'],
    [['--', '--profile', 'after'], undefined],
  ])('reads the profile from %j', (argv, profile) => {
    expect(options(argv)).toMatchObject({ profile });
  });

  it.each([
    [['--profile']],
    [['--profile', '']],
    [['--profile=']],
    [['--profile', '--server']],
    [['--profile', '..']],
    [['--profile', 'a/b']],
    [['--profile', 'a\\b']],
    [['--profile', 'a b']],
    [['--profile', 'NUL']],
    [['--profile', 'x'.repeat(33)]],
    [['--profile', 'é']],
  ])('refuses the profile in %j with a sentence', (argv) => {
    expect(options(argv)).toMatch(/^--profile /);
  });

  it('reads the address of a server', () => {
    expect(options(['--server', 'wss://signal.example.org'])).toMatchObject({
      server: 'wss://signal.example.org',
    });
  });

  it.each(['http://example.org', 'ws://', 'ws://a b', 'ws://user@host', 'ws://host:99999', '7480'])(
    'refuses %j as a server',
    (server) => {
      expect(options(['--server', server])).toMatch(/^--server /);
    },
  );

  it.each([
    [['peerline:one'], 'peerline:one'],
    [
      ['--profile', 'a', 'Peerline:two?server=wss://a.example', '--flag'],
      'Peerline:two?server=wss://a.example',
    ],
    [['--', 'peerline://three'], 'peerline://three'],
    [['peerline:one', '--', 'peerline:two'], 'peerline:two'],
    [['--server', 'ws://peerline:1'], undefined],
    [['./peerline:', 'xpeerline:a', '--x=peerline:a'], undefined],
  ])('finds the link in %j', (argv, link) => {
    expect(options(argv)).toMatchObject({ link });
  });

  it('takes no option out of a link', () => {
    expect(options(['--', 'peerline:a', '--profile', 'other'])).toMatchObject({ profile: undefined });
  });

  it('never throws and never lets a profile leave its folder, whatever the arguments', () => {
    const argument = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('--profile', '--server', '--help', '--', '--profile=', '--profile=../..'),
    );
    fc.assert(
      fc.property(fc.array(argument), (argv) => {
        const parsed = parseCli(argv);
        if (parsed.ok && parsed.options.profile !== undefined) {
          expect(parsed.options.profile).toMatch(/^[A-Za-z0-9_-]{1,32}$/);
        }
      }),
    );
  }, 30_000);
});
