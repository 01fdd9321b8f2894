import { describe, expect, it } from 'vitest';
import en from '../i18n/locales/en.json' with { type: 'json' };
import {
  cameraFinding,
  checkCodes,
  checkSteps,
  checkVerdict,
  deviceFinding,
  microphoneFinding,
  natFinding,
  relayFinding,
  relayProtocolOf,
  relaysOf,
  stunFinding,
  stunUrlsOf,
  type CheckItem,
} from './callCheckSteps.ts';
import type { IceProbeResult } from './IceProbe.ts';

const works = (ms: number): IceProbeResult => ({ kind: 'ok', ms, family: 'IPv4', protocol: 'udp' });
const fails: IceProbeResult = { kind: 'failed', code: 'ICE_UNREACHABLE' };
const turn = { username: 'u', credential: 'c' };

it.each(checkSteps)('every result of "%s" has its sentence', (step) => {
  const sentences: Readonly<Record<string, unknown>> = en.check[step];
  expect(checkCodes[step].filter((code) => typeof sentences[code] !== 'string')).toEqual([]);
});

describe('what is found', () => {
  it.each([
    ['a voice', 0.6, 3, 'ok', 'heard'],
    ['a knock', 0.9, 2, 'failed', 'quiet'],
    ['a quiet room', 0.2, 0, 'failed', 'quiet'],
    ['nothing', 0, 0, 'failed', 'silent'],
  ])('of the microphone with %s', (_what, loudest, readings, state, code) => {
    expect(microphoneFinding(loudest, readings)).toEqual({ state, code });
  });

  it.each([
    [0.4, 'ok', 'seen'],
    [0.01, 'warn', 'black'],
    [null, 'warn', 'failed'],
  ])('of a camera with brightness %s', (brightness, state, code) => {
    expect(cameraFinding(brightness)).toEqual({ state, code });
  });

  it('of a device that does not open: without a microphone there is no call', () => {
    expect(deviceFinding('microphone', 'MEDIA_BUSY')).toEqual({ state: 'failed', code: 'busy' });
    expect(deviceFinding('camera', 'MEDIA_DENIED_BY_SYSTEM')).toEqual({ state: 'warn', code: 'denied' });
  });

  it('of STUN servers is the best of their answers', () => {
    expect(stunFinding([])).toMatchObject({ code: 'none' });
    expect(stunFinding([fails, works(40), works(20)])).toMatchObject({ state: 'ok', values: { ms: 20 } });
    expect(stunFinding([fails])).toEqual({ state: 'warn', code: 'failed', error: 'ICE_UNREACHABLE' });
  });

  it('of a relay names how it is reached', () => {
    expect(['turn:a', 'turn:a?transport=tcp', 'TURNS:a:443?transport=tcp'].map(relayProtocolOf)).toEqual([
      'UDP',
      'TCP',
      'TLS',
    ]);
    expect(relayFinding('turns:a:443?transport=tcp', works(30))).toMatchObject({
      values: { url: 'turns:a:443', protocol: 'TLS', ms: 30 },
    });
  });

  it.each([
    ['open', false, 'ok', 'open'],
    ['steady', false, 'ok', 'steady'],
    ['changing', false, 'warn', 'changing'],
    ['changing', true, 'ok', 'changingRelay'],
    ['behind', false, 'warn', 'behind'],
    ['unknown', false, 'warn', 'unknown'],
    ['unknown', true, 'ok', 'unknownRelay'],
  ] as const)('of a router that is "%s", relay %s', (kind, relayed, state, code) => {
    expect(natFinding(kind, relayed)).toEqual({ state, code });
  });
});

describe('the servers that are asked', () => {
  const servers = [
    { urls: ['stun:s', 'turn:t:3478?transport=udp', 'turn:t:3478?transport=tcp'], ...turn },
    { urls: ['turns:t:443?transport=tcp'], ...turn },
    { urls: ['stun:s'] },
  ];

  it('are each address of a relay by itself', () => {
    expect(relaysOf(servers).map(({ urls, username }) => [urls, username])).toEqual([
      [['turn:t:3478?transport=udp'], 'u'],
      [['turn:t:3478?transport=tcp'], 'u'],
      [['turns:t:443?transport=tcp'], 'u'],
    ]);
  });

  it('are for the address every STUN server once, and relays over UDP', () => {
    expect(stunUrlsOf(servers)).toEqual(['stun:s', 'stun:t:3478']);
  });
});

describe('the verdict', () => {
  const items = (...states: [CheckItem['step'], CheckItem['state']][]): CheckItem[] =>
    states.map(([step, state]) => ({ key: step, step, state, code: 'waiting' }));

  it.each([
    [items(['signaling', 'ok'], ['speaker', 'asking']), null],
    [items(['signaling', 'ok'], ['microphone', 'ok']), 'yes'],
    [items(['signaling', 'ok'], ['camera', 'warn']), 'but'],
    [items(['signaling', 'ok'], ['nat', 'failed']), 'but'],
    [items(['signaling', 'failed'], ['microphone', 'ok']), 'no'],
    [items(['signaling', 'ok'], ['microphone', 'failed']), 'no'],
  ])('waits for all, and is made by the worst (%#)', (found, verdict) => {
    expect(checkVerdict(found)).toBe(verdict);
  });
});
