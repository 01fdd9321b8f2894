import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readCommandLine, type ServerConfig } from '#server/config.ts';

const read = async (path: string): Promise<string> =>
  readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

function config(args: readonly string[]): ServerConfig {
  const line = readCommandLine(args, {});
  if (!line.ok || line.value.kind !== 'run') {
    throw new Error(line.ok ? 'no configuration' : line.error);
  }
  return line.value.config;
}

const unitArguments = (unit: string): readonly string[] => {
  const [, command = ''] = /^ExecStart=.*?index\.ts((?:.*\\\n)*.*)$/m.exec(unit) ?? [];
  return command.split(/[\s\\]+/).filter((word) => word !== '');
};

const composeArguments = (compose: string): readonly string[] =>
  [...compose.matchAll(/^ {6}- (--\S+)$/gm)].map(([, argument = '']) => argument);

const relays = [
  'turn:calls.example.org:3478',
  'turn:calls.example.org:3478?transport=tcp',
  'turns:calls.example.org:5349?transport=tcp',
];

describe('the recipes of docs/self-hosting.md', () => {
  it('start the server with options that it has, under systemd', async () => {
    const unit = await read('deploy/systemd/peerline-signaling.service');
    const { tls, turn, names, dataFolder } = config(unitArguments(unit));
    expect({ tls, turn, names, dataFolder }).toEqual({
      tls: { certFile: '${CREDENTIALS_DIRECTORY}/cert.pem', keyFile: '${CREDENTIALS_DIRECTORY}/key.pem' },
      turn: {
        urls: relays,
        secret: { file: '${CREDENTIALS_DIRECTORY}/turn-secret' },
        ttlSeconds: 3_600,
      },
      names: ['calls.example.org'],
      dataFolder: '${STATE_DIRECTORY}',
    });
    for (const name of ['cert.pem', 'key.pem', 'turn-secret']) {
      expect(unit).toMatch(new RegExp(`^LoadCredential=${name}:/`, 'm'));
    }
  });

  it('start the server with options that it has, in a container', async () => {
    const compose = await read('deploy/compose.yaml');
    const { tls, turn } = config(composeArguments(compose.replaceAll('${NAME}', 'calls.example.org')));
    expect(tls).toEqual({ certFile: '/run/secrets/cert.pem', keyFile: '/run/secrets/key.pem' });
    expect(turn).toMatchObject({ urls: relays, secret: { file: '/run/secrets/turn-secret' } });
    const image = await read('deploy/Dockerfile');
    const [, entry = ''] = /^ENTRYPOINT (\[.*\])$/m.exec(image) ?? [];
    expect((JSON.parse(entry) as string[]).slice(0, 2)).toEqual(['node', 'src/server/index.ts']);
  });

  it('let signaling server and relay speak of the same addresses', async () => {
    const relay = await read('deploy/coturn/turnserver.conf');
    expect(relay).toMatch(/^listening-port=3478$/m);
    expect(relay).toMatch(/^tls-listening-port=5349$/m);
    expect(relay).toMatch(/^use-auth-secret$/m);
  });

  it('name every option about relays', async () => {
    const page = await read('docs/self-hosting.md');
    for (const flag of ['--turn URL', '--turn-secret-file', '--turn-ttl SECONDS', 'PEERLINE_TURN_SECRET']) {
      expect(page).toContain(flag);
    }
  });
});
