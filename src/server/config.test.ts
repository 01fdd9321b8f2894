import { describe, expect, test } from 'vitest';
import { readCommandLine, type ServerConfig } from './config.ts';
import { defaultServerLimits } from './limits.ts';

function config(args: string[], environment: Record<string, string> = {}): ServerConfig {
  const read = readCommandLine(args, environment);
  if (!read.ok || read.value.kind !== 'run') {
    throw new Error('no configuration');
  }
  return read.value.config;
}

test('without options it listens on loopback, without TLS, Redis or trust in a proxy', () => {
  expect(config([])).toMatchObject({
    host: '127.0.0.1',
    port: 7480,
    tls: undefined,
    redisUrl: undefined,
    dataFolder: undefined,
    maxNotices: 50_000,
    turn: undefined,
    logLevel: 'info',
    metrics: { host: '127.0.0.1', port: 7481 },
    names: [],
    trustProxy: false,
  });
  expect(defaultServerLimits).toMatchObject(config([]).limits);
});

test('every option arrives', () => {
  const args =
    '--host 0.0.0.0 --port 443 --tls-cert c.pem --tls-key k.pem --redis rediss://r:1 --data /var/lib/p --max-notices 12 --turn turn:r.example --turn turns:r.example:443?transport=tcp --turn-secret-file s --turn-ttl 600 --log-level debug --metrics-host :: --metrics-port off --name a.example --name b.example:444 --trust-proxy --max-connections 1 --max-connections-per-address 2 --max-unauthenticated 3 --login-rate 10 --login-burst 11 --max-devices 4 --max-backlog 5 --max-frame 5000 --rate 6 --burst 7 --handshake-seconds 8 --resume-seconds 9';
  expect(config(args.split(' '))).toEqual({
    host: '0.0.0.0',
    port: 443,
    tls: { certFile: 'c.pem', keyFile: 'k.pem' },
    redisUrl: 'rediss://r:1',
    dataFolder: '/var/lib/p',
    maxNotices: 12,
    turn: {
      urls: ['turn:r.example', 'turns:r.example:443?transport=tcp'],
      secret: { file: 's' },
      ttlSeconds: 600,
    },
    logLevel: 'debug',
    metrics: undefined,
    names: ['a.example', 'b.example:444'],
    trustProxy: true,
    limits: {
      connections: 1,
      connectionsPerAddress: 2,
      unauthenticated: 3,
      loginsPerSecond: 10,
      loginBurst: 11,
      devicesPerId: 4,
      backlogBytes: 5,
      frameBytes: 5_000,
      messagesPerSecond: 6,
      burst: 7,
      handshakeMs: 8_000,
      resumeMs: 9_000,
    },
  });
});

test('the Redis address may come from the environment, where no process list shows its password', () => {
  expect(config([], { PEERLINE_REDIS_URL: 'redis://:pw@r:1' }).redisUrl).toBe('redis://:pw@r:1');
});

test('the data folder may come from the environment', () => {
  expect(config([], { PEERLINE_SERVER_DATA: '/data' }).dataFolder).toBe('/data');
  expect(config(['--data', '/other'], { PEERLINE_SERVER_DATA: '/data' }).dataFolder).toBe('/other');
});

test('the secret of the relays may come from the environment, and an empty one is none', () => {
  expect(config(['--turn', 'turn:r'], { PEERLINE_TURN_SECRET: 'a secret of some length\n' }).turn).toEqual({
    urls: ['turn:r'],
    secret: { text: 'a secret of some length' },
    ttlSeconds: 3_600,
  });
  expect(config([], { PEERLINE_TURN_SECRET: '' }).turn).toBeUndefined();
});

test.each([
  ['a secret without a relay', [], { PEERLINE_TURN_SECRET: 'a secret of some length' }, 'needs at least one'],
  [
    'two secrets',
    ['--turn', 'turn:r', '--turn-secret-file', 's'],
    { PEERLINE_TURN_SECRET: 'a secret of some length' },
    'are two secrets',
  ],
  ['a secret that is too short', ['--turn', 'turn:r'], { PEERLINE_TURN_SECRET: 'short' }, '16 characters'],
  ['nine relays', Array<string[]>(9).fill(['--turn', 'turn:r']).flat(), {}, '8 times at most'],
])('%s is refused in a sentence that does not repeat the secret', (_what, args, environment, sentence) => {
  const read = readCommandLine(args, environment);
  const error = read.ok ? '' : read.error;
  expect(error).toContain(sentence);
  expect(error).not.toMatch(/a secret of some length|short/);
});

describe('a mistake is answered with a sentence', () => {
  test.each([
    ['--port 99999', '--port: '],
    ['--port ten', '--port: must be a whole number'],
    ['--max-notices 0', '--max-notices: '],
    ['--rate 0', '--rate: '],
    ['--log-level loud', '--log-level: '],
    ['--redis http://r', '--redis: must begin with redis://'],
    ['--tls-cert c.pem', '--tls-cert and --tls-key are given together'],
    ['--turn r.example', '--turn: turn: or turns:'],
    ['--turn stun:r.example', '--turn: turn: or turns:'],
    ['--turn turn:r', '--turn needs --turn-secret-file'],
    ['--turn-secret-file s', '--turn-secret-file needs at least one --turn'],
    ['--turn-ttl 600', '--turn-ttl needs at least one --turn'],
    ['--turn turn:r --turn-secret-file s --turn-ttl 59', '--turn-ttl: '],
    ['--turn turn:r --turn-secret-file s --turn-ttl 86401', '--turn-ttl: '],
    ['--nonsense', "Unknown option '--nonsense'"],
  ])('%s', (line, sentence) => {
    expect(readCommandLine(line.split(' '), {})).toEqual({
      ok: false,
      error: expect.stringContaining(sentence) as string,
    });
  });
});

test('--help names every option', () => {
  const read = readCommandLine(['--help'], {});
  const text = read.ok && read.value.kind === 'help' ? read.value.text : '';
  for (const flag of [
    'host',
    'port',
    'tls-cert',
    'tls-key',
    'redis',
    'data',
    'log-level',
    'metrics-port',
    'turn',
    'turn-secret-file',
    'turn-ttl',
    'name',
  ]) {
    expect(text).toContain(`--${flag} `);
  }
});
