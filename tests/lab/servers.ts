import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { coturnBinary, selfSigned } from '#tests/support/coturn.ts';
import { inUrl, type Plan } from './addresses.ts';
import type { Namespaces } from './Namespaces.ts';
import { Service } from './Service.ts';

const SIGNALING = join(import.meta.dirname, '../../src/server/index.ts');
/** Web servers have it, and so every network lets it out. */
const WEB_PORT = 443;
const TURN_PORT = 3478;
const SECRET = 'the-secret-of-the-laboratory';

/** What the people of a world reach: signaling, and one relay or two. */
export class Servers {
  readonly signaling: Service;
  readonly url: string;
  readonly #relays: ReadonlyMap<string, Service>;

  /** `folder`: for their files, with certificate and key of the relays. */
  constructor(options: {
    readonly plan: Plan;
    readonly relays: 1 | 2;
    readonly namespaces: Namespaces;
    readonly folder: string;
  }) {
    const { plan, namespaces, folder } = options;
    const addresses = plan.relays.slice(0, options.relays);
    this.#relays = new Map(
      addresses.map((address) => [
        address,
        new Service({
          command: namespaces.inside('servers', coturnBinary(), ['-c', relayFile(address, folder)]),
          // Of its listeners those for UDP come last.
          saysReady: 'UDP listener opened',
        }),
      ]),
    );
    const turn = addresses.flatMap((address) => [
      `turn:${inUrl(address)}:${TURN_PORT}`,
      `turn:${inUrl(address)}:${TURN_PORT}?transport=tcp`,
      `turns:${inUrl(address)}:${WEB_PORT}?transport=tcp`,
    ]);
    this.url = `ws://${inUrl(plan.signaling)}:${WEB_PORT}`;
    const place = ['--host', plan.signaling, '--port', String(WEB_PORT), '--metrics-port', 'off'];
    this.signaling = new Service({
      command: namespaces.inside('servers', process.execPath, [
        SIGNALING,
        ...place,
        ...turn.flatMap((url) => ['--turn', url]),
      ]),
      saysReady: 'listening',
      env: { PEERLINE_TURN_SECRET: SECRET },
    });
  }

  async start(): Promise<void> {
    await Promise.all([
      this.signaling.start(),
      ...[...this.#relays.values()].map(async (relay) => relay.start()),
    ]);
  }

  /** Ends the relay at one of its addresses for good. */
  async killRelay(address: string): Promise<void> {
    const relay = this.#relays.get(address);
    if (relay === undefined) {
      throw new Error(`there is no relay at ${address}`);
    }
    await relay.kill();
  }

  async stop(): Promise<void> {
    await Promise.all([
      this.signaling.kill(),
      ...[...this.#relays.values()].map(async (relay) => relay.kill()),
    ]);
  }
}

/** A certificate in `folder` that only the browsers of the laboratory take. */
export const relayCertificate = (folder: string): string => selfSigned(folder).cert;

function relayFile(address: string, folder: string): string {
  const file = join(folder, `relay-${address.replaceAll(':', '-')}.conf`);
  const lines = [
    `listening-ip=${address}`,
    `relay-ip=${address}`,
    `listening-port=${TURN_PORT}`,
    `tls-listening-port=${WEB_PORT}`,
    'use-auth-secret',
    `static-auth-secret=${SECRET}`,
    'realm=peerline.test',
    `cert=${join(folder, 'cert.pem')}`,
    `pkey=${join(folder, 'key.pem')}`,
    `userdb=${file}.db`,
    `pidfile=${file}.pid`,
    'no-cli',
    'no-dtls',
    'log-file=stdout',
    'verbose',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}
