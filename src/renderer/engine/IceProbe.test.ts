import { describe, expect, it } from 'vitest';
import type { IceServer } from '#shared/settings.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { IceProbe, type IceProbeResult } from './IceProbe.ts';

const stun: IceServer = { urls: ['stun:stun.example'] };
const turn: IceServer = { urls: ['turn:relay.example'], username: 'u', credential: 'p' };

/** A connection whose gathering is in the test's hand. */
class FakeGathering extends EventTarget {
  readonly configuration: RTCConfiguration;
  closed = false;

  constructor(configuration: RTCConfiguration) {
    super();
    this.configuration = configuration;
  }

  createDataChannel = () => undefined;
  setLocalDescription = async () => Promise.resolve();
  close = () => {
    this.closed = true;
  };

  find(candidate: (Partial<RTCIceCandidate> & { relayProtocol?: string }) | null): void {
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate }));
  }

  complain(errorCode: number, errorText = ''): void {
    this.dispatchEvent(Object.assign(new Event('icecandidateerror'), { errorCode, errorText }));
  }
}

function begin(server: IceServer) {
  const clock = new FakeClock();
  const made: FakeGathering[] = [];
  const probe = new IceProbe({
    clock,
    rtc: {
      createConnection: (configuration) => {
        const connection = new FakeGathering(configuration);
        made.push(connection);
        return connection as unknown as RTCPeerConnection;
      },
    },
  });
  const result = probe.probe(server);
  const [connection] = made;
  if (connection === undefined) {
    throw new Error('no connection was made');
  }
  return { clock, connection, result };
}

const failed = (code: string) => ({ kind: 'failed', code });

describe('asking an ICE server', () => {
  it('takes nothing but a relay of a TURN server, and says how and how fast', async () => {
    const { clock, connection, result } = begin(turn);
    expect(connection.configuration).toEqual({ iceServers: [turn], iceTransportPolicy: 'relay' });
    await clock.advance(40);
    connection.find({ type: 'relay', address: '203.0.113.10', relayProtocol: 'tls' });
    expect(await result).toEqual({ kind: 'ok', ms: 40, family: 'IPv4', protocol: 'tls' });
  });

  it('takes the address that a STUN server sees, and not one that is known without it', async () => {
    const { clock, connection, result } = begin(stun);
    connection.find({ type: 'host', address: '192.168.1.2' });
    await clock.advance(25);
    connection.find({ type: 'srflx', address: '2001:db8::1' });
    expect(await result).toEqual({ kind: 'ok', ms: 25, family: 'IPv6', protocol: 'udp' });
  });

  it('takes silence of a STUN server for an answer where there is no router to be seen through', async () => {
    const { connection, result } = begin(stun);
    connection.find({ type: 'host', address: '203.0.113.7' });
    connection.find(null);
    expect(await result).toMatchObject({ kind: 'ok', family: 'IPv4' });
  });

  it('does not take it for one without any network', async () => {
    const { connection, result } = begin(stun);
    connection.find(null);
    expect(await result).toEqual(failed('ICE_UNREACHABLE'));
  });

  it('lets one network fail while another one works', async () => {
    const { connection, result } = begin(turn);
    connection.complain(701, 'TURN allocate request timed out.');
    connection.find({ type: 'relay', address: '203.0.113.10', relayProtocol: 'udp' });
    expect(await result).toMatchObject({ kind: 'ok' });
  });

  it('gives a server up that has not answered after six seconds', async () => {
    const { clock, connection, result } = begin(turn);
    await clock.advance(5_999);
    expect(connection.closed).toBe(false);
    await clock.advance(1);
    expect(await result).toEqual(failed('ICE_UNREACHABLE'));
  });

  it('knows credentials that say themselves that they have ended', async () => {
    const ended = { ...turn, username: '1700000000:AAECAwQFBgcICQoL' };
    const { connection, result } = begin(ended);
    connection.complain(401, 'Unauthorized');
    expect(await result).toEqual(failed('ICE_CREDENTIALS_EXPIRED'));
  });

  it.each([
    ['wrong credentials at once', 401, 'Unauthorized', 'ICE_CREDENTIALS_REFUSED'],
    ['a quota that is used up', 486, 'Allocation Quota Reached', 'ICE_REFUSED'],
    ['a name that is not known', 701, 'TURN host lookup received error.', 'ICE_NOT_FOUND'],
    ['a server that is not there', 701, 'Failed to establish connection', 'ICE_UNREACHABLE'],
  ])('tells %s from other failures', async (_what, code, text, expected) => {
    const { connection, result } = begin(turn);
    connection.complain(code, text);
    connection.find(null);
    expect(await result).toEqual(failed(expected));
  });

  it('says that a server cannot be used when the browser does not take its address', async () => {
    const probe = new IceProbe({
      clock: new FakeClock(),
      rtc: {
        createConnection: () => {
          throw new SyntaxError('no ICE server');
        },
      },
    });
    expect(await probe.probe(stun)).toEqual(failed('ICE_BAD_ADDRESS'));
  });

  it.each<[string, (connection: FakeGathering, clock: FakeClock) => unknown]>([
    ['an answer', (connection) => connection.find({ type: 'relay', address: '::1', relayProtocol: 'udp' })],
    ['a refusal', (connection) => connection.complain(401)],
    ['no answer', async (_connection, clock) => clock.advance(6_000)],
  ])('leaves no connection and no timer behind after %s', async (_what, act) => {
    const { clock, connection, result } = begin(turn);
    await act(connection, clock);
    const { kind }: IceProbeResult = await result;
    expect(['ok', 'failed']).toContain(kind);
    expect([connection.closed, clock.pendingTimers]).toEqual([true, 0]);
  });
});
