import { describe, expect, it } from 'vitest';
import { endReasons } from '#shared/call/endReasons.ts';
import type { HistoryEntry } from '#shared/people/history.ts';
import { deviceIdOf, sampleCall } from '#tests/support/uiHarness/people.ts';
import { beforeAge, dayHeading, dayOf, startsDay } from './historyDays.ts';
import { callLength, historyText } from './historyText.ts';

const local = (year: number, month: number, day: number, hours = 12, minutes = 0) =>
  new Date(year, month - 1, day, hours, minutes).getTime();
const t = (key: string, values: object = {}) => [key, ...Object.values(values).map(String)].join(' ');
const format = (value: number) => value.toLocaleString('en');

describe('a day of the history', () => {
  it('begins at local midnight, not after 24 hours', () => {
    expect(startsDay(local(2026, 3, 1, 23, 59), local(2026, 3, 2, 0, 1))).toBe(true);
    expect(startsDay(local(2026, 3, 2, 0, 1), local(2026, 3, 2, 23, 59))).toBe(false);
    expect(startsDay(local(2026, 3, 2), undefined)).toBe(true);
  });

  it('is the same number for the same day, in order', () => {
    expect(dayOf(local(2026, 1, 31))).toBe(20_260_131);
    expect(dayOf(local(2026, 2, 1))).toBeGreaterThan(dayOf(local(2026, 1, 31)));
  });

  it.each([
    [local(2026, 3, 1, 0, 5), 'history.today'],
    [local(2026, 2, 28, 23, 59), 'history.yesterday'],
    [local(2026, 2, 27), 'Friday, February 27'],
    [local(2025, 12, 31), 'Wednesday, December 31, 2025'],
    // A clock that was an hour ahead when the call came.
    [local(2026, 3, 2, 0, 20), 'Monday, March 2'],
  ])('%i is called "%s" on the first of March', (at, heading) => {
    expect(dayHeading(at, local(2026, 3, 1, 0, 30), 'en', t)).toBe(heading);
  });

  it('is written as the language writes it', () => {
    expect(dayHeading(local(2025, 12, 31), local(2026, 3, 1), 'zh-CN', t)).toBe('2025年12月31日星期三');
  });
});

describe('what is older than', () => {
  it.each([
    ['week', local(2026, 3, 31), local(2026, 3, 24)],
    ['month', local(2026, 3, 31), local(2026, 2, 28)],
    ['month', local(2026, 1, 15), local(2025, 12, 15)],
    ['year', local(2028, 2, 29), local(2027, 2, 28)],
  ] as const)('a %s counts by the calendar', (age, now, before) => {
    expect(beforeAge(age, now)).toBe(before);
  });
});

describe('how long they talked', () => {
  it.each([
    [0, ''],
    [42, 'history.seconds 42'],
    [90, 'history.minutes 2'],
    [3_590, 'history.hours 1 0'],
    [7_260, 'history.hours 2 1'],
  ])('%i seconds are "%s"', (seconds, words) => {
    expect(callLength(seconds, t)).toBe(words);
  });
});

describe('what came of a call', () => {
  const call = (change: Partial<HistoryEntry>): HistoryEntry => ({
    ...sampleCall(0, 1, {}),
    direction: 'incoming',
    seconds: 0,
    end: 'missed',
    ...change,
  });
  const laptop = { device: deviceIdOf(1), deviceName: 'Laptop' };

  it.each([
    [{}, 'history.missed', true],
    [{ count: 1_012 }, 'history.times history.missed 1,012', true],
    [{ end: 'answeredElsewhere', ...laptop }, 'history.answeredOn Laptop', false],
    [{ end: 'answeredElsewhere' }, 'history.answeredElsewhere', false],
    [{ end: 'declinedElsewhere', ...laptop }, 'history.declinedOn Laptop', false],
    [{ end: 'declinedByMe' }, 'history.declined', false],
    [{ end: 'declinedByMe', ...laptop }, 'history.declinedOn Laptop', false],
    [{ end: 'hungUp', ...laptop }, 'history.answeredOn Laptop', false],
    [{ end: 'hungUp' }, 'history.incoming', false],
    [{ direction: 'outgoing', end: 'declined' }, 'history.declinedByThem', false],
    [{ direction: 'outgoing', end: 'offline' }, 'history.offline', false],
    [{ direction: 'outgoing', end: 'noAnswer' }, 'history.noAnswer', false],
    [{ end: 'noAnswer' }, 'history.missed', true],
    // They called while this computer was in another call.
    [{ end: 'busy' }, 'history.missed', true],
    [{ direction: 'outgoing', end: 'cancelled' }, 'history.cancelled', false],
    [{ end: 'peerHungUp', seconds: 42 }, 'history.incoming', false],
    [{ end: 'peerHungUp', seconds: 42, ...laptop }, 'history.answeredOn Laptop', false],
    [{ direction: 'outgoing', end: 'hungUp', seconds: 42, ...laptop }, 'history.calledOn Laptop', false],
    [{ end: 'connectionLost', seconds: 42 }, 'history.incoming', false],
    [{ end: null }, 'history.now', false],
  ] as const)('with %j is "%s"', (change, what, bad) => {
    expect(historyText(call(change), t, format)).toMatchObject({ what, bad });
  });

  it.each([...endReasons, null])('has words for %s', (end) => {
    for (const direction of ['incoming', 'outgoing'] as const) {
      expect(historyText(call({ end, direction }), t, format).what).toMatch(/^history\./);
    }
  });
});
