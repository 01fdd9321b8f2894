import type { CancelTimer, Clock } from '#shared/clock.ts';
import type { Unsubscribe } from '#shared/emitter.ts';
import type { CallIceServers } from '#shared/ipc/contract.ts';
import type { Logger } from '#shared/logging.ts';
import type { Result } from '#shared/result.ts';
import type { IceServer } from '#shared/settings.ts';
import type { SignalingState } from '#shared/signalingState.ts';
import {
  cameraFinding,
  checkSteps,
  deviceFinding,
  blackBelow,
  microphoneBounds,
  microphoneFinding,
  natFinding,
  relayFinding,
  relayProtocolOf,
  relaysOf,
  stunFinding,
  stunUrlsOf,
  type CheckItem,
  type CheckStep,
  type Finding,
} from './callCheckSteps.ts';
import type { IceProbeResult } from './IceProbe.ts';
import type { NatKind } from './NatProbe.ts';
import type { DeviceProblem, DeviceSnapshot } from './types.ts';

/** What the check reaches outside of itself. */
export interface CallCheckPorts {
  readonly signaling: () => SignalingState;
  /** Null until they are listed. */
  readonly devices: () => DeviceSnapshot | null;
  /** Opens camera and microphone, or lets go of them. */
  readonly setDevices: (on: boolean) => void;
  /** Level of the own microphone, 0 to 1, about ten times a second while it is open. */
  readonly onLevel: (listener: (level: number) => void) => Unsubscribe;
  /** Mean brightness of the own picture, 0 to 1; null: there is none yet. */
  readonly brightness: () => Promise<number | null>;
  readonly iceServers: () => Promise<Result<CallIceServers>>;
  readonly probeIce: (server: IceServer) => Promise<IceProbeResult>;
  readonly probeNat: (urls: readonly string[]) => Promise<NatKind>;
  /** Calls go through a relay alone. */
  readonly relayOnly: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long somebody has to say something, and a camera to show a picture; milliseconds. */
const speakMs = 10_000;
const pictureMs = 6_000;
const lookMs = 250;

/**
 * Tries before a call everything that a call needs, once. The devices and the network are tried at the same time;
 * a person answers whether they heard the tone, which whoever shows the check plays while it asks. Whatever was
 * opened is closed at the end, also at an early one.
 */
export class CallCheck {
  readonly #ports: CallCheckPorts;
  readonly #onChange: (items: readonly CheckItem[]) => void;
  readonly #ending = Promise.withResolvers<undefined>();
  #items: readonly CheckItem[] = checkSteps.map((step) => ({
    key: step,
    step,
    state: 'waiting',
    code: 'waiting',
  }));
  #heard: ((heard: boolean) => void) | undefined;
  #timer: CancelTimer | undefined;
  #closed = false;

  constructor(options: {
    readonly ports: CallCheckPorts;
    readonly onChange: (items: readonly CheckItem[]) => void;
  }) {
    this.#ports = options.ports;
    this.#onChange = options.onChange;
  }

  /** Resolves when everything was tried, or the check was closed. */
  async run(): Promise<void> {
    this.#onChange(this.#items);
    this.#ports.setDevices(true);
    try {
      await Promise.race([Promise.all([this.#tryDevices(), this.#tryNetwork()]), this.#ending.promise]);
    } catch (error) {
      this.#ports.logger.error('check failed', { error });
    }
    this.close();
  }

  /** Whether the person heard the tone. */
  answer(heard: boolean): void {
    this.#heard?.(heard);
    this.#heard = undefined;
  }

  close(): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.#timer?.();
    this.#ports.setDevices(false);
    this.#ending.resolve(undefined);
  }

  async #tryDevices(): Promise<void> {
    // One at a time: a person can follow one request, and the tone must not count as their voice.
    await this.#step('microphone', async () => this.#microphone());
    await this.#step('camera', async () => this.#camera());
    if (this.#closed) {
      return;
    }
    this.#set('speaker', { state: 'asking', code: 'asking' });
    const heard = await new Promise<boolean>((resolve) => {
      this.#heard = resolve;
    });
    this.#set('speaker', heard ? { state: 'ok', code: 'heard' } : { state: 'warn', code: 'notHeard' });
  }

  async #step(step: 'microphone' | 'camera', find: () => Promise<Finding>): Promise<void> {
    this.#set(step, { state: 'running', code: 'running' });
    this.#set(step, await find());
  }

  async #microphone(): Promise<Finding> {
    let loudest = 0;
    let readings = 0;
    const off = this.#ports.onLevel((level) => {
      loudest = Math.max(loudest, level);
      readings += level >= microphoneBounds.heard ? 1 : 0;
    });
    try {
      await this.#until(speakMs, () => {
        return readings >= microphoneBounds.readings || this.#problemOf('microphone') !== null;
      });
      const why = this.#problemOf('microphone');
      return why === null ? microphoneFinding(loudest, readings) : deviceFinding('microphone', why);
    } finally {
      off();
    }
  }

  async #camera(): Promise<Finding> {
    let best: number | null = null;
    await this.#until(pictureMs, async () => {
      if (this.#problemOf('camera') !== null) {
        return true;
      }
      const now = await this.#ports.brightness();
      best = now === null ? best : Math.max(best ?? 0, now);
      return best !== null && best >= blackBelow;
    });
    const why = this.#problemOf('camera');
    return why === null ? cameraFinding(best) : deviceFinding('camera', why);
  }

  /** Null: nothing is known to be wrong. */
  #problemOf(kind: 'camera' | 'microphone'): DeviceProblem | null {
    const state = this.#ports.devices()?.[kind];
    return state === undefined ? null : (state.problem ?? (state.active === null ? 'MEDIA_NONE' : null));
  }

  async #tryNetwork(): Promise<void> {
    const signaling = this.#ports.signaling();
    this.#set(
      'signaling',
      signaling.phase === 'online'
        ? { state: 'ok', code: 'online' }
        : {
            state: 'failed',
            code: 'offline',
            ...(signaling.phase === 'offline' ? { error: signaling.reason } : {}),
          },
    );
    for (const step of ['stun', 'relay', 'nat'] as const) {
      this.#set(step, { state: 'running', code: 'running' });
    }
    const answer = await this.#ports.iceServers();
    const servers = answer.ok ? answer.value.servers : [];
    const [, relayed] = await Promise.all([this.#stun(servers), this.#relays(servers)]);
    if (this.#ports.relayOnly) {
      this.#set('nat', relayed ? { state: 'ok', code: 'relayOnly' } : { state: 'failed', code: 'noRelay' });
      return;
    }
    const urls = stunUrlsOf(servers);
    const kind = urls.length === 0 ? 'unknown' : await this.#ports.probeNat(urls);
    this.#set('nat', natFinding(kind, relayed));
  }

  async #stun(servers: readonly IceServer[]): Promise<void> {
    const named = servers.flatMap(({ urls }) => urls).filter((url) => /^stuns?:/i.test(url));
    // A relay answers as a STUN server too.
    const urls = named.length > 0 ? named : stunUrlsOf(servers);
    const results = await Promise.all(urls.map(async (url) => this.#ports.probeIce({ urls: [url] })));
    this.#set('stun', stunFinding(results));
  }

  /** True: some relay works. */
  async #relays(servers: readonly IceServer[]): Promise<boolean> {
    const relays = relaysOf(servers);
    if (relays.length === 0) {
      this.#set('relay', { state: 'warn', code: 'none' });
      return false;
    }
    const found = await Promise.all(
      relays.map(async (server) => {
        const [url = ''] = server.urls;
        const result = await this.#ports.probeIce(server);
        return { url, result, finding: relayFinding(url, result) };
      }),
    );
    const works = found.filter(({ result }) => result.kind === 'ok');
    const lines = found.map(({ url, finding }): CheckItem => ({
      key: `relay ${url}`,
      step: 'relay',
      ...finding,
    }));
    const udpOnly =
      works.length > 0 && works.every(({ url }) => relayProtocolOf(url) === 'UDP')
        ? [{ key: 'relay', step: 'relay', state: 'warn', code: 'udpOnly' } as const]
        : [];
    this.#replace('relay', [...lines, ...udpOnly]);
    return works.length > 0;
  }

  #set(step: CheckStep, finding: Finding): void {
    this.#replace(step, [{ key: step, step, ...finding }]);
  }

  #replace(step: CheckStep, lines: readonly CheckItem[]): void {
    if (this.#closed) {
      return;
    }
    this.#items = checkSteps.flatMap((other) =>
      other === step ? lines : this.#items.filter((item) => item.step === other),
    );
    this.#onChange(this.#items);
  }

  /** Looks again and again until something holds or the time is up. */
  async #until(ms: number, holds: () => boolean | Promise<boolean>): Promise<void> {
    const end = this.#ports.clock.monotonic() + ms;
    while (!(await holds()) && this.#ports.clock.monotonic() < end && !this.#closed) {
      const waited = new Promise<void>((resolve) => {
        this.#timer = this.#ports.clock.after(lookMs, resolve);
      });
      await Promise.race([waited, this.#ending.promise]);
    }
  }
}
