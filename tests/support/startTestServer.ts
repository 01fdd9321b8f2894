import { onTestFinished } from 'vitest';
import type { SignalingServerOptions } from '#server/SignalingServer.ts';
import { TestServer } from './testServer.ts';

/** A server for this test alone; it ends with it, and so do its clients. */
export async function startTestServer(options: Partial<SignalingServerOptions> = {}): Promise<TestServer> {
  const server = await TestServer.start(options);
  onTestFinished(async () => server.stop());
  return server;
}
