import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { turnCredentials } from '#server/turnCredentials.ts';
import type { IceServer } from '#shared/settings.ts';
import { ensureCommand } from '../../scripts/support/packages.ts';
import { freePort } from './freePort.ts';

/** The binary; installed where that needs no question. TURNSERVER: the path of another one. */
export const coturnBinary = (): string => process.env.TURNSERVER ?? ensureCommand('turnserver', 'coturn');

export type TurnTransport = 'udp' | 'tcp' | 'tls';

/** A certificate for localhost that nobody trusts, in files. */
export function selfSigned(folder: string): { readonly cert: string; readonly key: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = '-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1';
  const made = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  const command = `req -x509 ${made} -days 2 -keyout ${key} -out ${cert} ${subject}`;
  execFileSync('openssl', command.split(' '), { stdio: 'ignore' });
  return { cert, key };
}

/** A real TURN server on free ports of 127.0.0.1, over UDP, TCP and TLS, with credentials made from a secret. */
export class Coturn {
  readonly secret = 'the-secret-of-the-relays';
  readonly port: number;
  readonly tlsPort: number;
  /** Its certificate, PEM. */
  readonly ca: string;
  readonly #folder: string;
  readonly #lines: string[] = [];
  #process: ChildProcess | undefined;

  private constructor(ports: { readonly port: number; readonly tlsPort: number }, more: readonly string[]) {
    this.port = ports.port;
    this.tlsPort = ports.tlsPort;
    this.#folder = mkdtempSync(join(tmpdir(), 'peerline-coturn-'));
    const { cert, key } = selfSigned(this.#folder);
    this.ca = readFileSync(cert, 'utf8');
    const settings = [
      'listening-ip=127.0.0.1',
      'relay-ip=127.0.0.1',
      `listening-port=${this.port}`,
      `tls-listening-port=${this.tlsPort}`,
      'use-auth-secret',
      `static-auth-secret=${this.secret}`,
      'realm=peerline.test',
      `cert=${cert}`,
      `pkey=${key}`,
      `userdb=${join(this.#folder, 'turndb')}`,
      'no-cli',
      'no-dtls',
      // Both ends of a test are on this machine; anywhere else this would be a way into it.
      'allow-loopback-peers',
      'log-file=stdout',
      'verbose',
      ...more,
    ];
    writeFileSync(this.#config, `${settings.join('\n')}\n`, { mode: 0o600 });
  }

  /** `more`: further lines of its configuration file. */
  static async start(more: readonly string[] = []): Promise<Coturn> {
    const server = new Coturn({ port: await freePort(), tlsPort: await freePort() }, more);
    await server.start();
    return server;
  }

  get #config(): string {
    return join(this.#folder, 'turnserver.conf');
  }

  /** What it wrote so far. */
  get log(): string {
    return this.#lines.join('');
  }

  /** Starts it, or starts it again on the same ports, without any allocation. */
  async start(): Promise<void> {
    const child = spawn(coturnBinary(), ['-c', this.#config, '--pidfile', join(this.#folder, 'pid')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      let text = '';
      // It tries SCTP as well and complains where the system has none.
      child.stderr.resume();
      child.stdout.on('data', (chunk: Buffer) => {
        this.#lines.push(chunk.toString());
        text += chunk.toString();
        // Of its listeners those for UDP come last.
        if (text.includes('UDP listener opened')) {
          resolve();
        }
      });
      child.once('exit', (code) => {
        reject(new Error(`turnserver ended with ${code ?? 'a signal'}:\n${text}`));
      });
    });
  }

  url(transport: TurnTransport): string {
    return transport === 'tls'
      ? `turns:localhost:${this.tlsPort}?transport=tcp`
      : `turn:127.0.0.1:${this.port}?transport=${transport}`;
  }

  /** Over one transport, with credentials that the signaling server would give now, or `agoSeconds` before. */
  server(
    transport: TurnTransport,
    { ttlSeconds = 600, agoSeconds = 0 }: { readonly ttlSeconds?: number; readonly agoSeconds?: number } = {},
  ): IceServer {
    const { secret } = this;
    const now = Date.now() - agoSeconds * 1_000;
    return { urls: [this.url(transport)], ...turnCredentials({ secret, ttlSeconds }, now) };
  }

  /** Ends it as a crash does; idempotent. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode === null) {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    }
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
