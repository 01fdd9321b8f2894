import { describe, expect, it } from 'vitest';
import { callEventKinds, type NetworkPath } from '#shared/call/recording.ts';
import { qualities, troubles } from '../engine/quality.ts';
import { videoSteps } from '../engine/videoPolicy.ts';
import en from '../i18n/locales/en.json' with { type: 'json' };
import { eventText, pathText, qualityText, verdictText } from './networkText.ts';

const t = (key: string, values: Record<string, string | number> = {}) =>
  [key, ...Object.entries(values).map(([name, value]) => `${name}=${value}`)].join(' ');
const direct: NetworkPath = {
  local: 'host',
  remote: 'srflx',
  protocol: 'udp',
  relayProtocol: null,
  ipv6: false,
};

describe('the way that media take', () => {
  it.each<[string, Partial<NetworkPath>, string]>([
    ['direct', {}, 'network.path.direct'],
    ['direct over TCP', { protocol: 'tcp' }, 'network.path.directTcp'],
    [
      'through the own relay, as it is reached',
      { local: 'relay', relayProtocol: 'tls' },
      'network.path.ownRelay protocol=TLS',
    ],
    ["through the peer's relay", { remote: 'relay' }, 'network.path.theirRelay'],
    [
      'through both relays, which is told of the own one',
      { local: 'relay', remote: 'relay', relayProtocol: 'udp' },
      'network.path.ownRelay protocol=UDP',
    ],
  ])('is %s', (_name, change, expected) => {
    expect(pathText({ ...direct, ...change }, t)).toBe(expected);
  });
});

describe('the words beside the dot', () => {
  it('name the way where all is well', () => {
    expect(qualityText({ quality: 'good', troubles: [] }, direct, t)).toBe(
      'network.dot quality=network.quality.good why=network.way.direct',
    );
    expect(qualityText({ quality: 'good', troubles: [] }, { ...direct, remote: 'relay' }, t)).toContain(
      'network.way.relay',
    );
  });

  it('name the worst trouble otherwise', () => {
    expect(qualityText({ quality: 'poor', troubles: ['delay', 'jitter'] }, direct, t)).toBe(
      'network.dot quality=network.quality.poor why=network.trouble.delay',
    );
  });

  it('promise nothing before there is a path', () => {
    expect(qualityText({ quality: 'unknown', troubles: [] }, null, t)).toBe('network.quality.unknown');
  });
});

it('a verdict says how long and how much', () => {
  expect(verdictText({ kind: 'lossHere', seconds: 40, percent: 9 }, t)).toBe(
    'network.verdict.lossHere seconds=40 percent=9 time=history.seconds n=40',
  );
  expect(verdictText({ kind: 'good' }, t)).toContain('network.verdict.good');
});

it('a state that nobody has words for is not repeated', () => {
  const known = (key: string) => key === 'network.value.checking';
  expect(eventText({ at: 0, kind: 'ice', value: 'checking' }, t, known)).toContain(
    'value=network.value.checking',
  );
  expect(eventText({ at: 0, kind: 'ice', value: 'later-word' }, t, known)).toContain(
    'value=network.otherValue',
  );
});

it.each<[string, readonly string[], object]>([
  ['quality', qualities, en.network.quality],
  ['trouble', troubles, en.network.trouble],
  ['kind of state', callEventKinds, en.network.kind],
  ['step of the picture', videoSteps.map(({ name }) => name), en.network.value],
])('every %s has its words', (_what, names, words) => {
  expect(names.filter((name) => !(name in words))).toEqual([]);
});
