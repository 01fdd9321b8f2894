import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { fail, ok, type Result } from '#shared/result.ts';
import type { SignalingServer } from './SignalingServer.ts';
import type { ServerStats } from './stats.ts';

type PlainStat = Exclude<keyof ServerStats, 'closes'>;

const gauges: Readonly<Partial<Record<PlainStat, string>>> = {
  connections: 'Open connections',
  unauthenticated: 'Open connections that have not logged in',
  sessions: 'Sessions, with those that wait for their device',
  watches: 'Ids whose presence is watched, once for each session that watches',
};

const counters: Readonly<Partial<Record<PlainStat, string>>> = {
  logins: 'Logins that succeeded',
  resumed: 'Logins that resumed a session',
  accepted: 'Boxes taken from senders',
  delivered: 'Boxes written to a device',
  stored: 'Boxes kept for a device that lost its connection',
  unreached: 'Boxes that reached nobody',
  repeated: 'Sends that were repeated by their sender',
  rateLimited: 'Messages refused for their rate',
  backplaneFailures: 'Requests that failed in the backplane or the mailbox',
  mailKept: 'Notices taken for the mailbox',
  mailDelivered: 'Notices that a device acknowledged',
  mailRefused: 'Notices refused because the mailbox was full',
  mailExpired: 'Notices whose time ran out',
  mailDisplaced: 'Notices that gave way to newer ones',
  presencePushes: 'Changes of presence told to a session',
  turnIssued: 'Credentials for relays given out',
  deadSockets: 'Sockets that fell silent',
};

const metricName = (stat: string): string =>
  `peerline_${stat.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;

/** The figures of one server, read when somebody asks. */
function registryOf(server: SignalingServer): Registry {
  const registry = new Registry();
  for (const [stat, help] of Object.entries(gauges)) {
    new Gauge({
      name: metricName(stat),
      help,
      registers: [registry],
      collect() {
        this.set(server.stats[stat as PlainStat]);
      },
    });
  }
  for (const [stat, help] of Object.entries(counters)) {
    new Counter({
      name: `${metricName(stat)}_total`,
      help,
      registers: [registry],
      collect() {
        this.reset();
        this.inc(server.stats[stat as PlainStat]);
      },
    });
  }
  new Counter({
    name: 'peerline_closes_total',
    help: 'Connections that the server closed, by reason',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(server.stats.closes)) {
        this.inc({ reason }, count);
      }
    },
  });
  return registry;
}

/** `/healthz` for whoever restarts the server, `/metrics` for Prometheus; on a port that clients cannot reach. */
export class HealthServer {
  readonly #server: SignalingServer;
  readonly #host: string;
  readonly #port: number;
  readonly #registry: Registry;
  readonly #http: Server;

  constructor(options: {
    readonly server: SignalingServer;
    readonly host: string;
    readonly port: number;
    /** Adds the figures of the whole process: memory, CPU, event loop. */
    readonly processMetrics: boolean;
  }) {
    this.#server = options.server;
    this.#host = options.host;
    this.#port = options.port;
    this.#registry = registryOf(options.server);
    if (options.processMetrics) {
      collectDefaultMetrics({ register: this.#registry });
    }
    this.#http = createServer((request, response) => {
      if (request.method !== 'GET') {
        response.writeHead(405).end();
      } else if (request.url === '/healthz') {
        void this.#health(response);
      } else if (request.url === '/metrics') {
        void this.#metrics(response);
      } else {
        response.writeHead(404).end();
      }
    });
  }

  async start(): Promise<Result<{ readonly port: number }>> {
    return new Promise((resolve) => {
      this.#http.once('error', (error: NodeJS.ErrnoException) => {
        const inUse = error.code === 'EADDRINUSE';
        resolve(
          fail(inUse ? 'SERVER_PORT_IN_USE' : 'SERVER_START_FAILED', `metrics: ${error.code ?? 'error'}`),
        );
      });
      this.#http.listen(this.#port, this.#host, () => {
        resolve(ok({ port: (this.#http.address() as AddressInfo).port }));
      });
    });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    return new Promise((resolve) => {
      this.#http.close(() => resolve());
      this.#http.closeAllConnections();
    });
  }

  async #health(response: ServerResponse): Promise<void> {
    const healthy = await this.#server.healthy();
    const { phase } = this.#server;
    response
      .writeHead(healthy ? 200 : 503, { 'content-type': 'application/json' })
      .end(`${JSON.stringify({ status: healthy ? 'ok' : 'unavailable', phase })}\n`);
  }

  async #metrics(response: ServerResponse): Promise<void> {
    const text = await this.#registry.metrics();
    response.writeHead(200, { 'content-type': this.#registry.contentType }).end(text);
  }
}
