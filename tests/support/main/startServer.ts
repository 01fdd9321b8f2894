import { onTestFinished } from 'vitest';
import { testLogger } from '#tests/support/testLogger.ts';
import { SignalingServer } from '#server/SignalingServer.ts';

export interface TestServer {
  readonly port: number;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** The real signaling server on 127.0.0.1; closed when the test is over. */
export async function startServer(options: { readonly port?: number } = {}): Promise<TestServer> {
  const server = new SignalingServer({ port: options.port ?? 0, logger: testLogger().logger });
  const started = await server.start();
  if (!started.ok) {
    throw new Error(started.error.message);
  }
  onTestFinished(async () => server.close());
  const { port } = started.value;
  return { port, url: `ws://127.0.0.1:${port}`, close: async () => server.close() };
}
