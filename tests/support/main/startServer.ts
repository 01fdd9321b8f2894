import { onTestFinished } from 'vitest';
import { testLogger } from '#tests/support/testLogger.ts';
import { SignalingServer } from '#server/SignalingServer.ts';
import type { TurnService } from '#server/turnCredentials.ts';

export interface TestServer {
  readonly port: number;
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** The real signaling server on 127.0.0.1; closed when the test is over. */
export async function startServer(
  options: { readonly port?: number; readonly turn?: TurnService } = {},
): Promise<TestServer> {
  const { port: wanted = 0, ...others } = options;
  const server = new SignalingServer({ port: wanted, logger: testLogger().logger, ...others });
  const started = await server.start();
  if (!started.ok) {
    throw new Error(started.error.message);
  }
  onTestFinished(async () => server.close());
  const { port } = started.value;
  return { port, url: `ws://127.0.0.1:${port}`, close: async () => server.close() };
}
