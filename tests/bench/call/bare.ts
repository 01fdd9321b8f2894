import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { WebSocketServer, type WebSocket } from 'ws';
import { connectPages, endPages, PagePair, pageHelpers, shownHeights } from './pagePair.ts';
import type { CallKind, CallSubject, CallTimes } from './subject.ts';

/** RTCPeerConnection with nothing around it, and a relay that copies each message to the other page. */
const common = `
${pageHelpers}
let pc, socket, pending = [], offer;
const send = (message) => socket.send(JSON.stringify(message));
const open = () => {
  pc = new RTCPeerConnection();
  pc.onicecandidate = ({ candidate }) => send({ candidate });
  const stream = new MediaStream();
  window.frame = new Promise((resolve) => {
    pc.ontrack = ({ track }) => { stream.addTrack(track); if (track.kind === 'video') resolve(firstFrame(stream)); };
  });
};
const describe = async (description) => {
  await pc.setRemoteDescription(description);
  for (const candidate of pending.splice(0)) await pc.addIceCandidate(candidate);
};
window.connect = (url) => new Promise((resolve, reject) => {
  socket = new WebSocket(url);
  socket.onopen = resolve; socket.onerror = reject;
  socket.onmessage = async ({ data }) => {
    const message = JSON.parse(data);
    if (message.offer) { offer = message.offer; window.rang = now(); await rung(); }
    else if (message.answer) await describe(message.answer);
    else if (message.accepted) await attach();
    else if ('candidate' in message) {
      if (pc?.remoteDescription) await pc.addIceCandidate(message.candidate); else pending.push(message.candidate);
    }
  };
});
window.end = () => { pc.close(); pc = undefined; pending = []; window.rang = undefined; clearVideo(); };
`;

/** Connects after the accept, as most do. */
const cold = `
${common}
const rung = () => {};
const addTracks = async () => { for (const track of (await media).getTracks()) pc.addTrack(track); };
window.dial = async () => {
  const at = now();
  open();
  await addTracks();
  await pc.setLocalDescription();
  send({ offer: pc.localDescription });
  return at;
};
window.accept = async () => {
  const at = now();
  open();
  await describe(offer);
  await addTracks();
  await pc.setLocalDescription();
  send({ answer: pc.localDescription });
  return at;
};
`;

/** Connects while it rings, and attaches the tracks on accept; sends at once at the rate at which the app begins. */
const fast = `
${common}
const swift = ({ type, sdp }) => ({
  type,
  sdp: sdp.replace(/^a=rtpmap:(\\d+) VP8\\/90000\\r?\\n/gm, '$&a=fmtp:$1 x-google-start-bitrate=1000\\r\\n'),
});
const attach = async () => {
  const tracks = (await media).getTracks();
  for (const { sender, receiver } of pc.getTransceivers()) {
    void sender.replaceTrack(tracks.find(({ kind }) => kind === receiver.track.kind));
  }
};
const rung = async () => {
  open();
  await describe(swift(offer));
  for (const transceiver of pc.getTransceivers()) transceiver.direction = 'sendrecv';
  await pc.setLocalDescription();
  send({ answer: swift(pc.localDescription) });
};
window.dial = async () => {
  const at = now();
  open();
  pc.addTransceiver('audio');
  pc.addTransceiver('video');
  await pc.setLocalDescription();
  send({ offer: pc.localDescription });
  return at;
};
window.accept = async () => {
  const at = now();
  send({ accepted: true });
  await attach();
  return at;
};
`;

export class BareSubject implements CallSubject {
  readonly name = 'bare';
  readonly kinds: readonly CallKind[];
  readonly #executablePath: string;
  readonly #pair: PagePair;
  #relay: WebSocketServer | undefined;
  #pages: readonly [Page, Page] | undefined;

  constructor(executablePath: string, kind: CallKind) {
    this.#executablePath = executablePath;
    this.kinds = [kind];
    this.#pair = new PagePair([kind === 'fast' ? fast : cold]);
  }

  async start(): Promise<void> {
    const relay = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    this.#relay = relay;
    await new Promise((resolve) => relay.once('listening', resolve));
    relay.on('connection', (socket: WebSocket) => {
      socket.on('message', (data: Buffer) => {
        for (const other of relay.clients) {
          if (other !== socket) {
            other.send(data.toString());
          }
        }
      });
    });
    const url = `ws://127.0.0.1:${(relay.address() as AddressInfo).port}`;
    this.#pages = await this.#pair.open(this.#executablePath);
    for (const page of this.#pages) {
      await page.evaluate(`connect(${JSON.stringify(url)})`);
    }
  }

  async connect(): Promise<CallTimes> {
    if (this.#pages === undefined) {
      throw new Error('not started');
    }
    return connectPages(...this.#pages);
  }

  async pictureHeights(): Promise<readonly number[]> {
    return shownHeights(this.#pages ?? []);
  }

  async end(): Promise<void> {
    await endPages(this.#pages ?? []);
  }

  async stop(): Promise<void> {
    await this.#pair.close();
    this.#relay?.close();
  }
}
