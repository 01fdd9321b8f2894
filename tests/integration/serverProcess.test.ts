import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ackMail, leave, takeMail } from '#tests/support/mailClient.ts';
import { ProtocolClient, testDeviceId, testIdentity } from '#tests/support/protocolClient.ts';
import { RedisServer } from '#tests/support/redisServer.ts';

const program = new URL('../../src/server/index.ts', import.meta.url).pathname;

const lineSchema = z.object({ msg: z.string(), port: z.number().optional() });

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly metricsPort: number;
  readonly lines: readonly string[];
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
  }
});

/** Starts the real command line on free ports and waits until it listens. */
async function start(...args: string[]): Promise<Running> {
  const child = spawn(process.execPath, [program, '--port', '0', '--metrics-port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  let metricsPort = 0;
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code ?? 'a signal'}: ${lines.join('\n')}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const { msg, port = 0 } = lineSchema.parse(JSON.parse(line));
      if (msg === 'metrics listening') {
        metricsPort = port;
      } else if (msg === 'server listening') {
        resolve({ child, port, metricsPort, lines });
      }
    });
  });
}

async function run(...args: string[]): Promise<{ code: number | null; out: string; error: string }> {
  const child = spawn(process.execPath, [program, ...args]);
  children.push(child);
  let [out, error] = ['', ''];
  child.stdout.on('data', (text: Buffer) => (out += text.toString()));
  child.stderr.on('data', (text: Buffer) => (error += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, error };
}

const get = async (port: number, path: string) => fetch(`http://127.0.0.1:${port}${path}`);

describe('the command line', () => {
  test('--help documents the options and ends well', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const flag of [
      '--host',
      '--port',
      '--tls-cert',
      '--tls-key',
      '--redis',
      '--data',
      '--log-level',
      '--metrics-port',
    ]) {
      expect(out).toContain(flag);
    }
  });

  test('a mistake ends with a sentence and code 2', async () => {
    expect(await run('--port', 'many')).toEqual({
      code: 2,
      out: '',
      error: '--port: must be a whole number\nnpm run server -- --help lists the options.\n',
    });
  });

  test('a port that is taken, or a missing certificate, ends with code 1 and says why', async () => {
    const first = await start();
    const second = await run('--port', String(first.port), '--metrics-port', 'off');
    expect(second.code).toBe(1);
    expect(second.out).toContain('SERVER_PORT_IN_USE');
    const third = await run('--tls-cert', '/nowhere.pem', '--tls-key', '/nowhere.pem');
    expect(third.code).toBe(1);
    expect(third.out).toContain('ENOENT');
  });

  test('SIGTERM drains: clients hear goingAway and the process ends well', async () => {
    const { child, port, lines } = await start();
    const client = await ProtocolClient.login(`ws://127.0.0.1:${port}`);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await client.closed).toEqual({ code: 4503, reason: 'goingAway' });
    expect(await exit).toEqual([0, null]);
    expect(lines.at(-1)).toContain('server closed');
  });

  test('two processes with one Redis are one server', async () => {
    const redis = await RedisServer.start();
    const [east, west] = await Promise.all([start('--redis', redis.url), start('--redis', redis.url)]);
    const alice = await ProtocolClient.login(`ws://127.0.0.1:${east.port}`);
    const bob = await ProtocolClient.login(`ws://127.0.0.1:${west.port}`);
    expect((await alice.deliver(bob.id)).devices).toEqual([bob.deviceId]);
    expect((await bob.next('deliver')).from).toBe(alice.id);
    await Promise.all([alice.close(), bob.close()]);
    for (const { child } of [east, west]) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await redis.stop();
  });

  test('notices survive kill -9 of a server with a data folder, and so does who was signed out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peerline-data-'));
    const identity = testIdentity();
    const leftAfterEach: string[] = [];
    const gone = testDeviceId();
    for (let round = 0; round < 5; round++) {
      const { child, port } = await start('--data', folder);
      const sender = await ProtocolClient.login(`ws://127.0.0.1:${port}`);
      const owner = await ProtocolClient.login(`ws://127.0.0.1:${port}`, { identity });
      if (round === 0) {
        expect(await owner.request({ type: 'devices.end', device: gone })).toBe('done');
      }
      // They are sent out and not acknowledged: all of them are there again the next time.
      for (const each of ['a', 'b', 'c']) {
        leftAfterEach.push(`${each}${round}`);
        expect(await leave(sender, identity.id, `${each}${round}`)).toBe('done');
      }
      expect((await takeMail(owner, leftAfterEach.length)).map(({ box }) => box)).toEqual(leftAfterEach);
      child.kill('SIGKILL');
      await Promise.all([once(child, 'exit'), sender.closed, owner.closed]);
    }
    const { port } = await start('--data', folder);
    const client = new ProtocolClient(`ws://127.0.0.1:${port}`, { identity, deviceId: gone });
    client.auth(await client.hello());
    expect((await client.closed).code).toBe(4410);
    rmSync(folder, { recursive: true });
  });

  test('a notice can be opened after a restart although its sender has not come back', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peerline-data-'));
    const identity = testIdentity();
    const first = await start('--data', folder);
    const sender = await ProtocolClient.login(`ws://127.0.0.1:${first.port}`);
    expect(await leave(sender, identity.id, 'a')).toBe('done');
    first.child.kill('SIGKILL');
    await Promise.all([once(first.child, 'exit'), sender.closed]);
    const second = await start('--data', folder);
    const owner = await ProtocolClient.login(`ws://127.0.0.1:${second.port}`, { identity });
    const [mail] = await takeMail(owner, 1);
    expect(mail?.from).toBe(sender.id);
    owner.send({ type: 'key.get', ref: 'k', id: sender.id });
    expect(await owner.next('key')).toMatchObject({ id: sender.id });
    rmSync(folder, { recursive: true });
  });

  test('two servers do not share a data folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peerline-data-'));
    await start('--data', folder);
    const second = await run('--data', folder, '--port', '0', '--metrics-port', 'off');
    expect(second.code).toBe(1);
    expect(second.out).toContain('mailbox: database is locked');
    rmSync(folder, { recursive: true });
  });

  test('notices survive a restart of the server with Redis', async () => {
    const redis = await RedisServer.start();
    const identity = testIdentity();
    const first = await start('--redis', redis.url);
    const sender = await ProtocolClient.login(`ws://127.0.0.1:${first.port}`);
    expect(await leave(sender, identity.id, 'kept')).toBe('done');
    first.child.kill('SIGKILL');
    await Promise.all([once(first.child, 'exit'), sender.closed]);
    const second = await start('--redis', redis.url);
    const owner = await ProtocolClient.login(`ws://127.0.0.1:${second.port}`, { identity });
    expect((await owner.next('mail')).box).toBe('kept');
    await owner.close();
    second.child.kill('SIGTERM');
    await once(second.child, 'exit');
    await redis.stop();
  });

  test('relays are given out with the secret of a file, which no log and no process list shows', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peerline-turn-'));
    const file = join(folder, 'secret');
    const secret = 'the-secret-of-the-relays';
    writeFileSync(file, `${secret}\n`);
    const urls = ['turn:relay.example:3478', 'turns:relay.example:443?transport=tcp'];
    const relays = urls.flatMap((url) => ['--turn', url]);
    const { port, child, lines } = await start(...relays, '--turn-secret-file', file, '--log-level', 'debug');
    rmSync(folder, { recursive: true });
    const client = await ProtocolClient.login(`ws://127.0.0.1:${port}`);
    client.send({ type: 'turn.get', ref: 't' });
    const { servers, ttl } = await client.next('turn');
    expect({ urls: servers[0]?.urls, ttl }).toEqual({ urls, ttl: 3_600 });
    const { username = '', credential } = servers[0] ?? {};
    expect(credential).toBe(createHmac('sha1', secret).update(username).digest('base64'));
    await client.close();
    expect([...lines, ...child.spawnargs].join('\n')).not.toContain(secret);
    expect(lines.join('\n')).not.toContain(username);
  });

  test('a secret that is not there, or too short to be one, keeps it from starting', async () => {
    const relay = ['--turn', 'turn:relay.example', '--metrics-port', 'off', '--port', '0'];
    const folder = mkdtempSync(join(tmpdir(), 'peerline-turn-'));
    const file = join(folder, 'secret');
    const missing = await run(...relay, '--turn-secret-file', file);
    expect([missing.code, missing.out]).toEqual([1, expect.stringContaining('ENOENT')]);
    writeFileSync(file, 'brief\n');
    const short = await run(...relay, '--turn-secret-file', file);
    expect([short.code, short.out]).toEqual([1, expect.stringContaining('16 characters or longer')]);
    expect(short.out).not.toContain('brief');
    rmSync(folder, { recursive: true });
  });

  test('its log names nobody', async () => {
    const { port, lines } = await start();
    const client = await ProtocolClient.login(`ws://127.0.0.1:${port}`);
    await client.deliver(testIdentity().id);
    await client.close();
    expect(lines.join('\n')).not.toContain(client.id);
    expect(lines.join('\n')).not.toContain('127.0.0.1');
  });
});

describe('health and metrics', () => {
  test('/healthz says ok, on a port of its own', async () => {
    const { metricsPort } = await start();
    const response = await get(metricsPort, '/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok', phase: 'running' });
    expect((await get(metricsPort, '/else')).status).toBe(404);
  });

  test('/healthz says unavailable while Redis is away', async () => {
    const redis = await RedisServer.start();
    const { metricsPort } = await start('--redis', redis.url);
    await redis.kill();
    await expect.poll(async () => (await get(metricsPort, '/healthz')).status).toBe(503);
    await redis.stop();
  });

  test('/healthz says unavailable while Redis hangs', async () => {
    const redis = await RedisServer.start();
    const { metricsPort } = await start('--redis', redis.url);
    redis.hang(true);
    expect((await get(metricsPort, '/healthz')).status).toBe(503);
    redis.hang(false);
    await expect.poll(async () => (await get(metricsPort, '/healthz')).status).toBe(200);
    await redis.stop();
  });

  test('/metrics counts connections, boxes and closes, for Prometheus', async () => {
    const { port, metricsPort } = await start();
    const url = `ws://127.0.0.1:${port}`;
    const [alice, bob] = [await ProtocolClient.login(url), await ProtocolClient.login(url)];
    await alice.deliver(bob.id);
    await leave(alice, bob.id);
    ackMail(bob, await bob.next('mail'));
    await bob.settle();
    const bad = await ProtocolClient.login(url);
    bad.socket.send('nonsense');
    await bad.closed;
    const response = await get(metricsPort, '/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain');
    const text = await response.text();
    for (const line of [
      'peerline_connections 2',
      'peerline_logins_total 3',
      'peerline_accepted_total 1',
      'peerline_delivered_total 1',
      'peerline_mail_kept_total 1',
      'peerline_mail_delivered_total 1',
      'peerline_mail_refused_total 0',
      'peerline_mail_expired_total 0',
      'peerline_mail_displaced_total 0',
      'peerline_closes_total{reason="badFrame"} 1',
    ]) {
      expect(text).toContain(`${line}\n`);
    }
    expect(text).toContain('process_cpu_seconds_total');
    await Promise.all([alice.close(), bob.close()]);
  });
});

describe('TLS', () => {
  test('serves wss: with the certificate given', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peerline-tls-'));
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = '-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1';
    const key = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
    const command = `req -x509 ${key} -days 2 -keyout ${keyFile} -out ${certFile} ${subject}`;
    execFileSync('openssl', command.split(' '), { stdio: 'ignore' });
    const { port } = await start('--tls-cert', certFile, '--tls-key', keyFile);
    const ca = readFileSync(certFile, 'utf8');
    rmSync(folder, { recursive: true });

    const client = await ProtocolClient.login(`wss://localhost:${port}`, { ca });
    const other = await ProtocolClient.login(`wss://localhost:${port}`, { ca });
    const box = 'x'.repeat(60_000);
    expect((await client.deliver(other.id, { box })).devices).toEqual([other.deviceId]);
    expect((await other.next('deliver')).box).toBe(box);
    await expect(ProtocolClient.login(`wss://localhost:${port}`)).rejects.toThrow('1006');
    await Promise.all([client.close(), other.close()]);
  });
});
