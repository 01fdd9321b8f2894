import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { WebSocketServer, type WebSocket } from 'ws';
import { connectPages, endPages, PagePair, pageHelpers, shownHeights } from './pagePair.ts';
import type { CallSubject, CallTimes } from './subject.ts';

/** RTCPeerConnection with nothing around it, and a relay that copies each message to the other page. */
const script = `
${pageHelpers}
let pc, socket, pending = [], offer;
const send = (message) => socket.send(JSON.stringify(message));
const open = () => {
  pc = new RTCPeerConnection();
  pc.onicecandidate = ({ candidate }) => send({ candidate });
  window.frame = new Promise((resolve) => {
    pc.ontrack = ({ track, streams }) => { if (track.kind === 'video') resolve(firstFrame(streams[0])); };
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
    if (message.offer) { offer = message.offer; window.rang = now(); }
    else if (message.answer) await describe(message.answer);
    else if ('candidate' in message) {
      if (pc?.remoteDescription) await pc.addIceCandidate(message.candidate); else pending.push(message.candidate);
    }
  };
});
window.dial = async () => {
  const at = now();
  open();
  const stream = await media;
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
  await pc.setLocalDescription();
  send({ offer: pc.localDescription });
  return at;
};
window.accept = async () => {
  const at = now();
  open();
  const stream = await media;
  await pc.setRemoteDescription(offer);
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
  for (const candidate of pending.splice(0)) await pc.addIceCandidate(candidate);
  await pc.setLocalDescription();
  send({ answer: pc.localDescription });
  return at;
};
window.end = () => { pc.close(); pc = undefined; pending = []; window.rang = undefined; clearVideo(); };
`;

export class BareSubject implements CallSubject {
  readonly name = 'bare';
  /** There is one way of connecting, which both of Peerline's are compared with. */
  readonly kinds = ['fast', 'cold'] as const;
  readonly #executablePath: string;
  readonly #pair = new PagePair([script]);
  #relay: WebSocketServer | undefined;
  #pages: readonly [Page, Page] | undefined;

  constructor(executablePath: string) {
    this.#executablePath = executablePath;
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
