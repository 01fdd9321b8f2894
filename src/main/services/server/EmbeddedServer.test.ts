import { describe, expect, it } from 'vitest';
import { fail, ok, type Failure, type Result } from '#shared/result.ts';
import type { OwnServerState } from '#shared/signalingState.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { EmbeddedServer, type RunningServer } from './EmbeddedServer.ts';

type Started = Result<RunningServer, Failure<'SERVER_PORT_IN_USE' | 'SERVER_START_FAILED'>>;

function setUp() {
  const log: string[] = [];
  const taken = new Set<number>();
  const server = new EmbeddedServer({
    start: async ({ host, port }) => {
      log.push(`start ${host} ${port}`);
      const started: Started = taken.has(port)
        ? fail('SERVER_PORT_IN_USE', '')
        : port === 1024
          ? fail('SERVER_START_FAILED', 'EACCES')
          : ok({
              close: async () => {
                log.push(`close ${port}`);
                return Promise.resolve();
              },
            });
      return Promise.resolve(started);
    },
    addresses: (port) => [`ws://192.0.2.1:${port}`],
    logger: testLogger().logger,
  });
  const states: OwnServerState[] = [];
  server.onState((state) => states.push(state));
  return { server, log, taken, states };
}

describe('EmbeddedServer', () => {
  it('listens on this computer alone unless it is opened', async () => {
    const { server, log } = setUp();
    await server.apply({ port: 7480, openToNetwork: false });
    expect(server.state).toEqual({ phase: 'running', port: 7480, addresses: [] });
    await server.apply({ port: 7480, openToNetwork: true });
    expect(server.state).toEqual({ phase: 'running', port: 7480, addresses: ['ws://192.0.2.1:7480'] });
    expect(log).toEqual(['start 127.0.0.1 7480', 'close 7480', 'start :: 7480']);
  });

  it('does nothing when the wish is the same', async () => {
    const { server, log, states } = setUp();
    await server.apply({ port: 7480, openToNetwork: false });
    await server.apply({ port: 7480, openToNetwork: false });
    expect(log).toHaveLength(1);
    expect(states).toHaveLength(1);
  });

  it('carries out only the last of several wishes', async () => {
    const { server, log } = setUp();
    await Promise.all([7481, 7482, 7483].map(async (port) => server.apply({ port, openToNetwork: false })));
    expect(server.state).toMatchObject({ port: 7483 });
    expect(log).toEqual(['start 127.0.0.1 7483']);
  });

  it('shares the server of another Peerline, and takes over when that one is gone', async () => {
    const { server, taken } = setUp();
    taken.add(7480);
    await server.apply({ port: 7480, openToNetwork: false });
    expect(server.state).toEqual({ phase: 'shared', port: 7480 });
    expect(await server.takeOver()).toBe(false);
    taken.clear();
    expect(await server.takeOver()).toBe(true);
    expect(server.state).toMatchObject({ phase: 'running' });
    expect(await server.takeOver()).toBe(false);
  });

  it('says why it could not start', async () => {
    const { server } = setUp();
    await server.apply({ port: 1024, openToNetwork: false });
    expect(server.state).toEqual({ phase: 'failed', reason: 'SERVER_START_FAILED' });
  });

  it('stops on a wish for none, and on close', async () => {
    const { server, log, states } = setUp();
    await server.apply({ port: 7480, openToNetwork: false });
    await server.apply(null);
    await server.close();
    expect(log).toEqual(['start 127.0.0.1 7480', 'close 7480']);
    expect(states.map(({ phase }) => phase)).toEqual(['running', 'off']);
  });
});
