import { describe, expect, it } from 'vitest';
import { fail, ok } from '#shared/result.ts';
import type { IceServer } from '#shared/settings.ts';
import type { SignalingState } from '#shared/signalingState.ts';
import { FakeClock } from '#tests/support/FakeClock.ts';
import { testLogger } from '#tests/support/testLogger.ts';
import { CallCheck } from './CallCheck.ts';
import type { CheckItem } from './callCheckSteps.ts';
import type { IceProbeResult } from './IceProbe.ts';
import type { NatKind } from './NatProbe.ts';
import type { DeviceProblem, DeviceSnapshot, DeviceState } from './types.ts';

const device: DeviceState = {
  options: [],
  preferred: null,
  active: { deviceId: 'd', label: 'Device' },
  problem: null,
};
const turn = (url: string): IceServer => ({ urls: [url], username: 'u', credential: 'c' });
const works: IceProbeResult = { kind: 'ok', ms: 20, family: 'IPv4', protocol: 'udp' };

function begin(
  options: {
    readonly servers?: readonly IceServer[];
    readonly probes?: Readonly<Record<string, IceProbeResult>>;
    readonly nat?: NatKind;
    readonly brightness?: number | null;
    readonly signaling?: SignalingState;
    readonly relayOnly?: boolean;
    readonly noServers?: boolean;
  } = {},
) {
  const clock = new FakeClock();
  const devices: { now: DeviceSnapshot | null } = {
    now: { camera: device, microphone: device, speaker: device },
  };
  const opened: boolean[] = [];
  const listeners = new Set<(level: number) => void>();
  const asked: { probes: string[]; nat: (readonly string[])[] } = { probes: [], nat: [] };
  let items: readonly CheckItem[] = [];
  let done = false;
  const check = new CallCheck({
    ports: {
      signaling: () => options.signaling ?? { phase: 'online', url: 'ws://a', since: 0 },
      devices: () => devices.now,
      setDevices: (on) => opened.push(on),
      onLevel: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      brightness: async () => Promise.resolve(options.brightness === undefined ? 0.5 : options.brightness),
      iceServers: async () =>
        Promise.resolve(
          options.noServers === true
            ? fail('APP_INTERNAL', 'no answer')
            : ok({ servers: options.servers ?? [], expiresAt: null, relays: 0 }),
        ),
      probeIce: async ({ urls: [url = ''] }) => {
        asked.probes.push(url);
        return Promise.resolve(options.probes?.[url] ?? { kind: 'failed', code: 'ICE_UNREACHABLE' });
      },
      probeNat: async (urls) => {
        asked.nat.push(urls);
        return Promise.resolve(options.nat ?? 'unknown');
      },
      relayOnly: options.relayOnly ?? false,
      clock,
      logger: testLogger().logger,
    },
    onChange: (found) => {
      items = found;
    },
  });
  const run = check.run().then(() => {
    done = true;
  });
  const of = (step: CheckItem['step']) =>
    items.filter((item) => item.step === step).map(({ state, code }) => [state, code]);
  const speak = async (level = 0.6) => {
    for (let reading = 0; reading < 5; reading++) {
      listeners.forEach((listener) => listener(level));
    }
    await clock.advance(300);
  };
  const problem = (kind: 'camera' | 'microphone', code: DeviceProblem) => {
    if (devices.now !== null) {
      devices.now = { ...devices.now, [kind]: { ...device, problem: code } };
    }
  };
  return {
    ...{ clock, check, run, of, speak, problem, devices, opened, asked, listeners },
    items: () => items,
    isDone: () => done,
  };
}

describe('the check before a call', () => {
  it('asks a person to speak, looks at the camera, plays a tone, and lets go of the devices', async () => {
    const { clock, of, speak, check, opened, isDone, listeners } = begin();
    await clock.advance(1_000);
    expect([of('microphone'), of('camera')]).toEqual([[['running', 'running']], [['waiting', 'waiting']]]);
    expect(opened).toEqual([true]);
    await speak();
    expect([of('microphone'), of('camera'), of('speaker')]).toEqual([
      [['ok', 'heard']],
      [['ok', 'seen']],
      [['asking', 'asking']],
    ]);
    expect(isDone()).toBe(false);
    check.answer(true);
    await clock.flush();
    expect(of('speaker')).toEqual([['ok', 'heard']]);
    expect([isDone(), opened, listeners.size, clock.pendingTimers]).toEqual([true, [true, false], 0, 0]);
  });

  it('tells a silent microphone from a faint one, after a while', async () => {
    const silent = begin();
    await silent.clock.advance(11_000);
    expect(silent.of('microphone')).toEqual([['failed', 'silent']]);
    const faint = begin();
    await faint.clock.advance(500);
    await faint.speak(0.2);
    await faint.clock.advance(11_000);
    expect(faint.of('microphone')).toEqual([['failed', 'quiet']]);
  });

  it('says at once why a device does not open, and goes on with the others', async () => {
    const { clock, of, problem } = begin();
    problem('microphone', 'MEDIA_DENIED');
    problem('camera', 'MEDIA_BUSY');
    await clock.advance(600);
    expect([of('microphone'), of('camera'), of('speaker')]).toEqual([
      [['failed', 'denied']],
      [['warn', 'busy']],
      [['asking', 'asking']],
    ]);
  });

  it('waits for the list of devices before it says that there is none', async () => {
    const { clock, of, devices } = begin();
    devices.now = null;
    await clock.advance(1_000);
    expect(of('microphone')).toEqual([['running', 'running']]);
    const none = { ...device, active: null };
    devices.now = { camera: none, microphone: none, speaker: none };
    await clock.advance(1_000);
    expect([of('microphone'), of('camera')]).toEqual([[['failed', 'none']], [['warn', 'none']]]);
  });

  it.each([
    [0.001, 'black'],
    [null, 'failed'],
  ] as const)('gives a camera time before it calls its picture (%s) %s', async (brightness, code) => {
    const { clock, of, speak } = begin({ brightness });
    await clock.flush();
    await speak();
    await clock.advance(3_000);
    expect(of('camera')).toEqual([['running', 'running']]);
    await clock.advance(4_000);
    expect(of('camera')).toEqual([['warn', code]]);
  });

  it('takes a tone that was not heard for a worse call, not for none', async () => {
    const { clock, of, speak, check } = begin();
    await clock.flush();
    await speak();
    check.answer(false);
    await clock.flush();
    expect(of('speaker')).toEqual([['warn', 'notHeard']]);
  });

  it('lets go of everything when it is closed in the middle, and says no more', async () => {
    const { clock, check, run, opened, items, listeners } = begin();
    await clock.advance(1_000);
    const before = items();
    check.close();
    check.close();
    await run;
    await clock.flush();
    await clock.advance(20_000);
    expect([opened, items() === before, clock.pendingTimers]).toEqual([[true, false], true, 0]);
    expect(listeners.size).toBe(0);
  });
});

describe('the network before a call', () => {
  it('is asked while the person is still speaking', async () => {
    const { clock, of } = begin({ servers: [{ urls: ['stun:s'] }], probes: { 'stun:s': works } });
    await clock.advance(100);
    expect([of('signaling'), of('stun'), of('microphone')]).toEqual([
      [['ok', 'online']],
      [['ok', 'answered']],
      [['running', 'running']],
    ]);
  });

  it('without a server says why', async () => {
    const offline: SignalingState = {
      phase: 'offline',
      url: 'ws://a',
      since: 0,
      retryAt: null,
      reason: 'SIGNALING_BAD_CERTIFICATE',
    };
    const { clock, items } = begin({ signaling: offline, noServers: true });
    await clock.flush();
    expect(items()[0]).toMatchObject({ state: 'failed', error: 'SIGNALING_BAD_CERTIFICATE' });
  });

  it('has a line for each relay by the way in which it is reached', async () => {
    const { clock, items, asked } = begin({
      servers: [turn('turn:t'), turn('turn:t?transport=tcp'), turn('turns:t:443')],
      probes: { 'turn:t': works, 'turns:t:443': works },
      nat: 'changing',
    });
    await clock.flush();
    const relays = items().filter(({ step }) => step === 'relay');
    expect(relays.map(({ code, values }) => [code, values?.protocol])).toEqual([
      ['works', 'UDP'],
      ['failed', 'TCP'],
      ['works', 'TLS'],
    ]);
    expect(items().find(({ step }) => step === 'nat')).toMatchObject({ code: 'changingRelay' });
    // A relay over UDP answers as a STUN server.
    expect(asked.nat).toEqual([['stun:t']]);
  });

  it('warns of relays that a firewall can cut off', async () => {
    const { clock, of } = begin({ servers: [turn('turn:t')], probes: { 'turn:t': works } });
    await clock.flush();
    expect(of('relay')).toEqual([
      ['ok', 'works'],
      ['warn', 'udpOnly'],
    ]);
  });

  it('says plainly that there is no relay, and what the router makes of it', async () => {
    const { clock, of } = begin({
      servers: [{ urls: ['stun:s'] }, { urls: ['stun:z'] }],
      probes: { 'stun:s': works },
      nat: 'changing',
    });
    await clock.flush();
    expect([of('relay'), of('nat')]).toEqual([[['warn', 'none']], [['warn', 'changing']]]);
  });

  it('asks nobody for the kind of router when calls go through relays alone', async () => {
    const some = begin({ servers: [turn('turn:t')], probes: { 'turn:t': works }, relayOnly: true });
    const none = begin({ servers: [turn('turn:t')], relayOnly: true });
    await Promise.all([some.clock.flush(), none.clock.flush()]);
    expect([some.of('nat'), none.of('nat'), some.asked.nat]).toEqual([
      [['ok', 'relayOnly']],
      [['failed', 'noRelay']],
      [],
    ]);
  });
});
