import { describe, expect, it } from 'vitest';
import { endReasons } from '#shared/call/endReasons.ts';
import { locales } from '#shared/settings.ts';
import { callIdOf, deviceIdOf, personId } from '#tests/support/uiHarness/people.ts';
import type { CallSnapshot } from '../engine/types.ts';
import { createPeerlineI18n } from '../i18n/i18n.ts';
import { endText, stageText } from './callWords.ts';

const facts = {
  callId: callIdOf(1),
  peer: personId(1),
  direction: 'outgoing',
  video: true,
  startedAt: 0,
  local: { microphone: true, camera: true, screen: false },
  remote: { microphone: true, camera: true, screen: false },
} as const;
const outgoing = (stage: 'calling' | 'reached' | 'ringing', devices: number) =>
  ({ ...facts, phase: 'outgoing', stage, devices }) as const;
const ended = (change: Partial<Extract<CallSnapshot, { phase: 'ended' }>>) =>
  ({
    ...facts,
    phase: 'ended',
    reason: 'declined',
    code: null,
    elsewhere: null,
    notice: null,
    connectedAt: null,
    endedAt: 0,
    ...change,
  }) as const;
const { t } = createPeerlineI18n('en').global;
const known = { nameOf: () => undefined, isBlocked: () => false };

describe('the words for a call', () => {
  it.each([
    ['calling', 0, 'Calling'],
    ['reached', 1, 'Reached their device'],
    ['reached', 3, 'Reached 3 devices'],
    ['ringing', 1, 'Ringing'],
    ['ringing', 2, 'Ringing on 2 devices'],
  ] as const)('at the stage "%s" with %i devices are "%s"', (stage, devices, words) => {
    expect(stageText(outgoing(stage, devices), t)).toBe(words);
  });

  it('name the own device that took or declined it', () => {
    const facts = { ...known, nameOf: () => 'Laptop' };
    const elsewhere = deviceIdOf(1);
    expect(endText(ended({ reason: 'answeredElsewhere', elsewhere }), t, facts)).toBe('answered on Laptop');
    expect(endText(ended({ reason: 'declinedElsewhere', elsewhere }), t, facts)).toBe('declined on Laptop');
  });

  it('do without a name that is not known', () => {
    const said = endText(ended({ reason: 'answeredElsewhere', elsewhere: deviceIdOf(1) }), t, known);
    expect(said).toBe('answered on another device of yours');
  });

  it.each([
    ['declinedByMe', true, 'you blocked them'],
    ['declinedByMe', false, 'you declined'],
    ['missed', true, 'you missed this call'],
  ] as const)('of a call that ended as "%s", the caller blocked: %s, are "%s"', (reason, blocked, said) => {
    const isBlocked = (peer: string) => blocked && peer === facts.peer;
    expect(endText(ended({ reason }), t, { ...known, isBlocked })).toBe(said);
  });

  it.each(locales)('are there in %s for every stage and every end', (locale) => {
    const { global } = createPeerlineI18n(locale);
    const words = [
      ...(['calling', 'reached', 'ringing'] as const).map((stage) => stageText(outgoing(stage, 2), global.t)),
      ...endReasons.map((reason) => endText(ended({ reason }), global.t, known)),
      endText(ended({ reason: 'declinedByMe' }), global.t, { ...known, isBlocked: () => true }),
    ];
    expect(words.filter((word) => /^(?:end|call)\./.test(word) || word.includes('{'))).toEqual([]);
  });
});
