import { describe, expect, it } from 'vitest';
import { callIdSchema } from '#shared/identity/ids.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import type { DeviceSnapshot, DeviceState } from '../engine/types.ts';
import { cornerAfterKey, nearestCorner } from './corners.ts';
import {
  avatarColour,
  avatarColours,
  briefPeerId,
  formatDuration,
  shortPeerId,
  splitName,
} from './display.ts';
import { emptyIceDraft, fromIceDraft, iceProblem, toIceDraft } from './iceDraft.ts';
import { readinessOf } from './readiness.ts';
import { isTyping, matchShortcut, type KeyFacts } from './shortcuts.ts';
import { toneOf } from './useRingtone.ts';

const works: DeviceState = {
  options: [{ deviceId: 'a', label: 'A' }],
  preferred: null,
  active: { deviceId: 'a', label: 'A' },
  problem: null,
};
const none: DeviceState = { options: [], preferred: null, active: null, problem: 'MEDIA_NONE' };
const devices = (change: Partial<DeviceSnapshot> = {}): DeviceSnapshot => ({
  camera: works,
  microphone: works,
  speaker: works,
  ...change,
});

describe('the sentence of the ready room', () => {
  const facts = {
    devices: devices(),
    listed: true,
    online: true,
    connecting: false,
    signedOut: false,
    relayOnly: false,
  };

  it.each([
    ['ready', ['allWork'], devices(), true],
    ['offline', ['devicesWork'], devices(), false],
    ['voiceOnly', ['cameraNone'], devices({ camera: none }), true],
    ['noMicrophone', ['microphoneNone'], devices({ microphone: none }), true],
    ['noMicrophone', ['microphoneNone', 'cameraNone'], devices({ microphone: none, camera: none }), true],
    [
      'voiceOnly',
      ['cameraDenied'],
      devices({ camera: { ...works, problem: 'MEDIA_DENIED_BY_SYSTEM' } }),
      true,
    ],
    ['voiceOnly', ['cameraBusy'], devices({ camera: { ...works, problem: 'MEDIA_BUSY' } }), true],
  ] as const)('is "%s" with %j', (heading, details, snapshot, online) => {
    expect(readinessOf({ ...facts, devices: snapshot, online })).toEqual({ heading, details });
  });

  it('waits while devices and connection are not known yet', () => {
    expect(readinessOf({ ...facts, listed: false }).heading).toBe('looking');
    expect(readinessOf({ ...facts, online: false, connecting: true }).heading).toBe('looking');
  });

  it('promises no direct way to somebody who lets calls go through a relay only', () => {
    expect(readinessOf({ ...facts, relayOnly: true })).toEqual({
      heading: 'ready',
      details: ['allWorkRelayed'],
    });
  });

  it('promises no connection to a computer that was signed out', () => {
    const expected = { heading: 'offline', details: ['signedOut'] };
    expect(readinessOf({ ...facts, online: false, signedOut: true })).toEqual(expected);
  });
});

const key = (change: Partial<KeyFacts>): KeyFacts => ({
  key: '',
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  repeat: false,
  isComposing: false,
  ...change,
});
const free = { typing: false, letterKeys: true };

describe('keys', () => {
  it.each([
    ['m', {}, 'microphone'],
    ['V', {}, 'camera'],
    ['A', { ctrlKey: true, shiftKey: true }, 'accept'],
    ['d', { metaKey: true, shiftKey: true }, 'decline'],
    ['?', { shiftKey: true }, 'help'],
    ['Escape', {}, 'close'],
    ['m', { ctrlKey: true }, undefined],
    ['m', { altKey: true }, undefined],
    ['m', { repeat: true }, undefined],
    ['m', { isComposing: true }, undefined],
    ['M', { shiftKey: true }, undefined],
    ['a', {}, undefined],
  ] as const)('%s with %j is %s', (name, modifiers, action) => {
    expect(matchShortcut(key({ key: name, ...modifiers }), free)).toBe(action);
  });

  it('are off while a person types, except chords', () => {
    const typing = { typing: true, letterKeys: true };
    expect(matchShortcut(key({ key: 'm' }), typing)).toBeUndefined();
    expect(matchShortcut(key({ key: '?', shiftKey: true }), typing)).toBeUndefined();
    expect(matchShortcut(key({ key: 'A', ctrlKey: true, shiftKey: true }), typing)).toBe('accept');
    expect(matchShortcut(key({ key: 'Escape' }), typing)).toBeUndefined();
  });

  it.each([
    ['INPUT', { type: 'text' }, true],
    ['INPUT', { type: 'search' }, true],
    ['INPUT', { type: 'password' }, true],
    ['INPUT', { type: 'number' }, true],
    ['TEXTAREA', { type: 'textarea' }, true],
    ['SELECT', { type: 'select-one' }, true],
    ['DIV', { isContentEditable: true }, true],
    ['INPUT', { type: 'checkbox' }, false],
    ['INPUT', { type: 'radio' }, false],
    ['BUTTON', { type: 'button' }, false],
    ['DIV', {}, false],
  ] as const)('go into a %s with %j: %s', (tagName, facts, typing) => {
    expect(isTyping({ tagName, isContentEditable: false, ...facts })).toBe(typing);
  });

  it('of one letter can be switched off', () => {
    const off = { typing: false, letterKeys: false };
    expect(matchShortcut(key({ key: 'm' }), off)).toBeUndefined();
    expect(matchShortcut(key({ key: '?', shiftKey: true }), off)).toBe('help');
  });
});

describe('what is shown of an id', () => {
  const id = personId(3);
  it('is cut in the middle', () => {
    expect(shortPeerId(id)).toBe(`${id.slice(0, 5)}-${id.slice(5, 10)}-…-${id.slice(20)}`);
    expect(briefPeerId(id)).toBe(`${id.slice(0, 5)}-…-${id.slice(20)}`);
  });

  it('has every colour about equally often', () => {
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 800; seed += 1) {
      const colour = avatarColour(personId(seed));
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(Array.from({ length: avatarColours }, (_, at) => at + 1));
    expect(Math.min(...counts.values())).toBeGreaterThan(60);
  });
});

describe('a name in two parts', () => {
  it.each([
    ['North office', 'North office', ''],
    ['North office, second floor, the small table', 'North office, second floor, the small ', 'table'],
    ['Nordwestverwaltungsgebäude', 'Nordwestverwaltung', 'sgebäude'],
    ['4F7KQ-2M9XA-…-6C8VE', '4F7KQ-2M9XA', '-…-6C8VE'],
    ['北京市朝阳区建国门外大街一号院办公室', '北京市朝阳区建国门外', '大街一号院办公室'],
    ['مكتب الشمال في الطابق الثاني', 'مكتب الشمال في الطابق ', 'الثاني'],
  ])('%s is "%s" and "%s"', (name, head, tail) => {
    expect(splitName(name)).toEqual({ head, tail });
  });

  it('does not halve what people see as one character', () => {
    const name = '👩🏽‍🔧'.repeat(20);
    expect(splitName(name)).toEqual({ head: '👩🏽‍🔧'.repeat(12), tail: '👩🏽‍🔧'.repeat(8) });
  });

  it('is not cut inside a word of joined letters', () => {
    const word = 'الاستقلاليةالاستقلالية';
    expect(splitName(word)).toEqual({ head: word, tail: '' });
  });
});

describe('times', () => {
  it.each([
    [0, '00:00'],
    [258.9, '04:18'],
    [3_600, '1:00:00'],
    [-5, '00:00'],
  ])('%f seconds are %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe('own picture', () => {
  it('goes to the corner nearest to where it was dropped', () => {
    const area = { width: 100, height: 100 };
    expect(nearestCorner({ x: 10, y: 20 }, area)).toBe('topLeft');
    expect(nearestCorner({ x: 60, y: 90 }, area)).toBe('bottomRight');
  });

  it.each([
    ['bottomRight', 'ArrowUp', 'topRight'],
    ['topRight', 'ArrowLeft', 'topLeft'],
    ['topLeft', 'ArrowDown', 'bottomLeft'],
    ['bottomLeft', 'ArrowRight', 'bottomRight'],
    ['bottomLeft', 'Enter', undefined],
  ] as const)('moves from %s with %s to %s', (from, name, to) => {
    expect(cornerAfterKey(from, name)).toBe(to);
  });
});

describe('an ICE server as text', () => {
  it('survives editing', () => {
    const server = { urls: ['turn:a:3478', 'turns:a:5349'], username: 'u', credential: 'c' };
    expect(fromIceDraft(toIceDraft(server))).toEqual(server);
    expect(fromIceDraft(toIceDraft({ urls: ['stun:a'] }))).toEqual({ urls: ['stun:a'] });
  });

  it.each(['', 'example.org', 'stun:a http://b'])('cannot be made from %j', (urls) => {
    expect(fromIceDraft({ ...emptyIceDraft, urls })).toBeUndefined();
  });

  it.each([
    ['example.org', 'address'],
    ['turn:a', 'credentials'],
    ['stun:a', undefined],
  ] as const)('%s: what is wrong with it is %s', (urls, problem) => {
    expect(iceProblem({ ...emptyIceDraft, urls })).toBe(problem);
  });
});

describe('the tone of a call', () => {
  const facts = {
    callId: callIdSchema.parse('C'.repeat(22)),
    peer: personId(1),
    direction: 'outgoing',
    video: true,
    startedAt: 0,
    local: { microphone: true, camera: true, screen: false },
    remote: { microphone: true, camera: true, screen: false },
  } as const;

  it('is heard by the caller only once a device of the callee rings', () => {
    expect(toneOf({ ...facts, phase: 'outgoing', stage: 'calling', devices: 0 }, false)).toBeUndefined();
    expect(toneOf({ ...facts, phase: 'outgoing', stage: 'ringing', devices: 1 }, false)).toBe('ringback');
  });

  it('is not there for a callee who does not want to be disturbed', () => {
    expect(toneOf({ ...facts, phase: 'incoming' }, true)).toBeUndefined();
    expect(toneOf({ ...facts, phase: 'outgoing', stage: 'ringing', devices: 1 }, true)).toBe('ringback');
  });

  it('rings for the callee, and stops with the answer', () => {
    expect(toneOf({ ...facts, phase: 'incoming' }, false)).toBe('ring');
    expect(toneOf({ ...facts, phase: 'connecting' }, false)).toBeUndefined();
    expect(toneOf(undefined, false)).toBeUndefined();
  });
});
