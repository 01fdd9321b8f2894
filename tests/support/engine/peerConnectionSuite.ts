/**
 * What the engine relies on in RTCPeerConnection, as cases that run on the fake in Node and on the real one
 * in Chromium. No test framework: the cases also run inside a page.
 */

interface ConnectionEnvironment {
  createConnection(): RTCPeerConnection;
  createTrack(kind: 'audio' | 'video'): Promise<MediaStreamTrack>;
  createStream(): MediaStream;
}

/** `setParameters` of webrtc-extensions, section 5.4. */
interface KeyFrameSender extends Omit<RTCRtpSender, 'setParameters'> {
  setParameters(
    parameters: RTCRtpSendParameters,
    options: { readonly encodingOptions: readonly { readonly keyFrame: boolean }[] },
  ): Promise<void>;
}

interface ConnectionCase {
  readonly name: string;
  readonly run: (environment: ConnectionEnvironment) => Promise<void>;
}

function expectSame(actual: unknown, expected: unknown, what: string): void {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) {
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  }
}

async function expectRejected(attempt: Promise<unknown>, what: string): Promise<void> {
  const rejected = await attempt.then(
    () => false,
    () => true,
  );
  expectSame(rejected, true, what);
}

const description = (connection: RTCPeerConnection): RTCSessionDescriptionInit => {
  const { localDescription } = connection;
  if (localDescription === null) {
    throw new Error('no local description');
  }
  return { type: localDescription.type, sdp: localDescription.sdp };
};

async function until(connection: RTCPeerConnection, state: RTCPeerConnectionState): Promise<void> {
  if (connection.connectionState === state) {
    return;
  }
  await new Promise<void>((resolve) => {
    connection.addEventListener('connectionstatechange', () => {
      if (connection.connectionState === state) {
        resolve();
      }
    });
  });
}

interface Pair {
  readonly a: RTCPeerConnection;
  readonly b: RTCPeerConnection;
}

/** `a` has made its two transceivers and an offer; candidates flow, after the descriptions they need. */
async function offered(environment: ConnectionEnvironment): Promise<Pair> {
  const a = environment.createConnection();
  const b = environment.createConnection();
  const stream = environment.createStream();
  a.addTransceiver('audio', { direction: 'sendrecv', streams: [stream] });
  a.addTransceiver('video', { direction: 'sendrecv', streams: [stream] });
  await a.setLocalDescription(await a.createOffer());
  return { a, b };
}

function trickle(from: RTCPeerConnection, to: RTCPeerConnection): void {
  from.addEventListener('icecandidate', ({ candidate }) => {
    const add = async (): Promise<void> => {
      if (to.remoteDescription === null) {
        await new Promise<void>((resolve) => {
          to.addEventListener('signalingstatechange', () => resolve());
        });
      }
      await to.addIceCandidate(candidate ?? undefined).catch(() => undefined);
    };
    void add();
  });
}

async function negotiate(a: RTCPeerConnection, b: RTCPeerConnection): Promise<void> {
  await a.setLocalDescription(await a.createOffer());
  await b.setRemoteDescription(description(a));
  for (const transceiver of b.getTransceivers()) {
    transceiver.direction = 'sendrecv';
  }
  await b.setLocalDescription(await b.createAnswer());
  await a.setRemoteDescription(description(b));
}

async function connected(environment: ConnectionEnvironment): Promise<Pair> {
  const a = environment.createConnection();
  const b = environment.createConnection();
  trickle(a, b);
  trickle(b, a);
  const stream = environment.createStream();
  a.addTransceiver('audio', { direction: 'sendrecv', streams: [stream] });
  a.addTransceiver('video', { direction: 'sendrecv', streams: [stream] });
  await negotiate(a, b);
  await Promise.all([until(a, 'connected'), until(b, 'connected')]);
  return { a, b };
}

function closeAll({ a, b }: Pair): void {
  a.close();
  b.close();
}

export const peerConnectionSuite: readonly ConnectionCase[] = [
  {
    name: 'an offer makes one transceiver for each of its sections at the answerer, and fires track',
    run: async (environment) => {
      const pair = await offered(environment);
      const kinds: string[] = [];
      pair.b.addEventListener('track', ({ track }) => kinds.push(track.kind));
      await pair.b.setRemoteDescription(description(pair.a));
      expectSame(kinds.sort(), ['audio', 'video'], 'track events');
      expectSame(
        pair.b.getTransceivers().map(({ receiver }) => receiver.track.kind),
        ['audio', 'video'],
        'transceivers',
      );
      closeAll(pair);
    },
  },
  {
    name: 'the answerer does not send before its direction is set',
    run: async (environment) => {
      const pair = await offered(environment);
      await pair.b.setRemoteDescription(description(pair.a));
      expectSame(
        pair.b.getTransceivers().map(({ direction }) => direction),
        ['recvonly', 'recvonly'],
        'directions',
      );
      closeAll(pair);
    },
  },
  {
    name: 'a candidate before the remote description is refused',
    run: async (environment) => {
      const connection = environment.createConnection();
      await expectRejected(
        connection.addIceCandidate({
          candidate: 'candidate:1 1 udp 2122260223 127.0.0.1 50000 typ host',
          sdpMid: '0',
          sdpMLineIndex: 0,
        }),
        'addIceCandidate',
      );
      connection.close();
    },
  },
  {
    name: 'an answer without an offer is refused',
    run: async (environment) => {
      const pair = await offered(environment);
      const connection = environment.createConnection();
      await pair.b.setRemoteDescription(description(pair.a));
      await pair.b.setLocalDescription(await pair.b.createAnswer());
      await expectRejected(connection.setRemoteDescription(description(pair.b)), 'setRemoteDescription');
      connection.close();
      closeAll(pair);
    },
  },
  {
    name: 'a description that is no SDP is refused',
    run: async (environment) => {
      const connection = environment.createConnection();
      await expectRejected(
        connection.setRemoteDescription({ type: 'offer', sdp: 'nonsense' }),
        'setRemoteDescription',
      );
      connection.close();
    },
  },
  {
    name: 'two ends that exchanged descriptions and candidates become connected',
    run: async (environment) => {
      closeAll(await connected(environment));
    },
  },
  {
    name: 'a remote offer rolls back an own one, and the answer makes it stable',
    run: async (environment) => {
      const pair = await connected(environment);
      await pair.a.setLocalDescription(await pair.a.createOffer({ iceRestart: true }));
      await pair.b.setLocalDescription(await pair.b.createOffer({ iceRestart: true }));
      expectSame(pair.b.signalingState, 'have-local-offer', 'before');
      await pair.b.setRemoteDescription(description(pair.a));
      expectSame(pair.b.signalingState, 'have-remote-offer', 'after the offer');
      await pair.b.setLocalDescription(await pair.b.createAnswer());
      await pair.a.setRemoteDescription(description(pair.b));
      expectSame([pair.a.signalingState, pair.b.signalingState], ['stable', 'stable'], 'after the answer');
      closeAll(pair);
    },
  },
  {
    name: 'restartIce changes the credentials in the next offer',
    run: async (environment) => {
      const pair = await connected(environment);
      const ufrag = (sdp: string | undefined): string | undefined => sdp?.match(/a=ice-ufrag:(\S+)/)?.[1];
      const before = ufrag(pair.a.localDescription?.sdp);
      pair.a.restartIce();
      await pair.a.setLocalDescription(await pair.a.createOffer());
      const after = ufrag(pair.a.localDescription?.sdp);
      expectSame([before === undefined, before === after], [false, false], 'ufrag');
      closeAll(pair);
    },
  },
  {
    name: 'the ICE transport of every sender is the same and tells of a new path',
    run: async (environment) => {
      const pair = await connected(environment);
      const transports = new Set(pair.a.getSenders().map(({ transport }) => transport?.iceTransport));
      expectSame(transports.size, 1, 'transports');
      const changed = new Promise<void>((resolve) => {
        for (const ice of transports) {
          ice?.addEventListener('selectedcandidatepairchange', () => resolve(), { once: true });
        }
      });
      pair.a.restartIce();
      await negotiate(pair.a, pair.b);
      await changed;
      closeAll(pair);
    },
  },
  {
    name: 'the DTLS transport tells that the other end has closed the connection',
    run: async (environment) => {
      const pair = await connected(environment);
      const [transport] = pair.a.getSenders().map((sender) => sender.transport);
      const closed = new Promise<void>((resolve) => {
        transport?.addEventListener('statechange', () => transport.state === 'closed' && resolve());
      });
      pair.b.close();
      await closed;
      expectSame(pair.a.connectionState, 'connected', 'the connection itself');
      closeAll(pair);
    },
  },
  {
    name: 'replaceTrack takes a track of its kind and null, and refuses the other kind',
    run: async (environment) => {
      const connection = environment.createConnection();
      const transceiver = connection.addTransceiver('video', { direction: 'sendrecv' });
      const video = await environment.createTrack('video');
      const audio = await environment.createTrack('audio');
      await transceiver.sender.replaceTrack(video);
      expectSame(transceiver.sender.track === video, true, 'the track');
      await transceiver.sender.replaceTrack(null);
      expectSame(transceiver.sender.track, null, 'no track');
      await expectRejected(transceiver.sender.replaceTrack(audio), 'replaceTrack of the other kind');
      connection.close();
      video.stop();
      audio.stop();
    },
  },
  {
    name: 'close makes the state closed without an event, and refuses further negotiation',
    run: async (environment) => {
      const connection = environment.createConnection();
      const seen: string[] = [];
      connection.addEventListener('connectionstatechange', () => seen.push(connection.connectionState));
      connection.close();
      expectSame([connection.connectionState, connection.signalingState], ['closed', 'closed'], 'states');
      await expectRejected(connection.createOffer(), 'createOffer');
      expectSame(seen, [], 'events');
    },
  },
  {
    name: 'a sender takes its own parameters back, changed, once after each reading',
    run: async (environment) => {
      const pair = await connected(environment);
      for (const { sender } of [...pair.a.getTransceivers(), ...pair.b.getTransceivers()]) {
        const parameters = sender.getParameters();
        expectSame(parameters.encodings.length, 1, 'encodings');
        const encodings = parameters.encodings.map((encoding) => ({ ...encoding, active: false }));
        await sender.setParameters({ ...parameters, encodings });
        expectSame(sender.getParameters().encodings[0]?.active, false, 'active');
      }
      const [first] = pair.a.getSenders();
      const stale = first?.getParameters();
      if (first !== undefined && stale !== undefined) {
        await first.setParameters(stale);
        await expectRejected(first.setParameters(stale), 'parameters that were taken already');
      }
      closeAll(pair);
    },
  },
  {
    name: 'a sender takes the wish for a whole picture with its parameters, one for each encoding',
    run: async (environment) => {
      const pair = await connected(environment);
      const sender = pair.a.getTransceivers().find(({ receiver }) => receiver.track.kind === 'video')
        ?.sender as KeyFrameSender | undefined;
      if (sender === undefined) {
        throw new Error('no sender');
      }
      const keyFrame = { keyFrame: true };
      await sender.setParameters(sender.getParameters(), { encodingOptions: [keyFrame] });
      await expectRejected(
        sender.setParameters(sender.getParameters(), { encodingOptions: [keyFrame, keyFrame] }),
        'a wish for an encoding that is not there',
      );
      closeAll(pair);
    },
  },
  {
    name: 'statistics are a map of what has a type',
    run: async (environment) => {
      const pair = await offered(environment);
      const report = await pair.a.getStats();
      expectSame(
        [...(report as ReadonlyMap<string, { type?: unknown }>).values()].every(
          ({ type }) => typeof type === 'string',
        ),
        true,
        'types',
      );
      closeAll(pair);
    },
  },
];
