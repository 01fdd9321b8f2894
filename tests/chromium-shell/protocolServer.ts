import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { appOriginOf, Origins } from './origins.ts';

export type ProtocolHandler = (request: Request) => Response | Promise<Response>;

/**
 * Serves what `protocol.handle` answers, headers and all, from `http://localhost:PORT`: a secure context
 * like the app's own scheme. One port for every host of a scheme, the same in every run of a profile,
 * because an origin owns the device ids and everything that is stored.
 */
export class ProtocolServer {
  readonly origins = new Origins();
  readonly #handlers = new Map<string, ProtocolHandler>();
  readonly #servers = new Map<string, Promise<Server>>();
  readonly #portsFile: () => string;

  constructor(portsFile: () => string) {
    this.#portsFile = portsFile;
  }

  handle(scheme: string, handler: ProtocolHandler): void {
    if (this.#handlers.has(scheme)) {
      throw new Error(`Failed to register protocol: ${scheme}`);
    }
    this.#handlers.set(scheme, handler);
  }

  unhandle(scheme: string): void {
    if (!this.#handlers.delete(scheme)) {
      throw new Error(`Failed to unhandle protocol: ${scheme}`);
    }
  }

  isHandled(scheme: string): boolean {
    return this.#handlers.has(scheme);
  }

  /** The address that Chromium can open for `url`; rejects for a scheme that nobody handles. */
  async toHttp(url: string): Promise<string> {
    const parsed = new URL(url);
    const scheme = parsed.protocol.slice(0, -1);
    if (['http', 'https', 'data', 'about', 'file', 'blob'].includes(scheme)) {
      return url;
    }
    if (!this.#handlers.has(scheme)) {
      throw new Error(`ERR_UNKNOWN_URL_SCHEME (-302) loading '${url}'`);
    }
    const appOrigin = appOriginOf(parsed);
    if (!this.#servers.has(appOrigin)) {
      this.#servers.set(appOrigin, this.#listen(appOrigin, scheme));
    }
    await this.#servers.get(appOrigin);
    return `${this.origins.httpOrigin(appOrigin) ?? ''}${parsed.pathname || '/'}${parsed.search}${parsed.hash}`;
  }

  close(): void {
    for (const server of this.#servers.values()) {
      void server.then((open) => {
        open.closeAllConnections();
        open.close();
      });
    }
    this.#servers.clear();
  }

  async #listen(appOrigin: string, scheme: string): Promise<Server> {
    const server = createServer((request, response) => {
      void this.#answer(appOrigin, scheme, request, response);
    });
    const ports = this.#readPorts();
    const port = await listen(server, ports[appOrigin] ?? 0).catch(async () => listen(server, 0));
    this.origins.add(appOrigin, `http://localhost:${port}`);
    mkdirSync(dirname(this.#portsFile()), { recursive: true });
    writeFileSync(this.#portsFile(), JSON.stringify({ ...ports, [appOrigin]: port }));
    return server;
  }

  #readPorts(): Readonly<Record<string, number>> {
    try {
      return JSON.parse(readFileSync(this.#portsFile(), 'utf8')) as Record<string, number>;
    } catch {
      return {};
    }
  }

  async #answer(
    appOrigin: string,
    scheme: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (request.url === '/favicon.ico') {
      // Chromium asks for it because of the http address; Electron never does.
      response.writeHead(204).end();
      return;
    }
    try {
      const handler = this.#handlers.get(scheme);
      const answer = await handler?.(this.#toRequest(appOrigin, request));
      if (answer === undefined || answer.type === 'error') {
        response.destroy();
        return;
      }
      response.statusCode = answer.status;
      answer.headers.forEach((value, name) => response.appendHeader(name, value));
      if (!answer.headers.has('cache-control')) {
        // Chromium keeps no copies of what a custom protocol serves.
        response.setHeader('cache-control', 'no-store');
      }
      if (answer.body === null) {
        response.end();
      } else {
        Readable.fromWeb(answer.body as ReadableStream)
          .on('error', () => response.destroy())
          .pipe(response);
      }
    } catch (error) {
      process.stderr.write(
        `chromium-shell: the handler of ${scheme}: failed for ${request.url ?? ''}: ${String(error)}\n`,
      );
      response.destroy();
    }
  }

  #toRequest(appOrigin: string, request: IncomingMessage): Request {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (name !== 'host' && name !== 'connection' && value !== undefined) {
        headers.set(name, this.origins.toApp(Array.isArray(value) ? value.join(', ') : value));
      }
    }
    const method = request.method ?? 'GET';
    const body =
      method === 'GET' || method === 'HEAD'
        ? {}
        : { body: Readable.toWeb(request) as unknown as BodyInit, duplex: 'half' as const };
    return new Request(`${appOrigin}${request.url ?? '/'}`, { method, headers, ...body });
  }
}

async function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
