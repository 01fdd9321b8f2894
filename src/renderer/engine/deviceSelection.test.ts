import { describe, expect, it } from 'vitest';
import { realDevices, selectDevice, type ListedDevice } from './deviceSelection.ts';

const listed = (deviceId: string, label = deviceId, groupId = `group ${deviceId}`): ListedDevice => ({
  deviceId,
  label,
  groupId,
});

const desk = listed('1', 'Desk camera');
const face = listed('2', 'Integrated IR Camera');
const lid = listed('3', 'Lid camera');

describe('selectDevice', () => {
  it.each<[string, readonly ListedDevice[], { deviceId: string; label: string } | null, string | undefined]>([
    ['the first one without a preference', [desk, lid], null, '1'],
    ['the preferred one by its id', [desk, lid], { deviceId: '3', label: 'old name' }, '3'],
    [
      'the preferred one by its label when the id changed',
      [desk, lid],
      { deviceId: '9', label: 'Lid camera' },
      '3',
    ],
    ['the id before the label', [desk, lid], { deviceId: '1', label: 'Lid camera' }, '1'],
    ['the default while the preferred one is away', [desk], { deviceId: '3', label: 'Lid camera' }, '1'],
    ['no infrared camera by default', [face, lid], null, '3'],
    ['an infrared camera when it is preferred', [face, lid], { deviceId: '2', label: '' }, '2'],
    ['nothing when only an infrared camera is there', [face], null, undefined],
    ['nothing when nothing is there', [], { deviceId: '1', label: 'Desk camera' }, undefined],
    ['no empty label as a match', [listed('4', '')], { deviceId: '9', label: '' }, '4'],
  ])('takes %s', (_name, inventory, preference, expected) => {
    expect(selectDevice('camera', inventory, preference)?.deviceId).toBe(expected);
  });

  it.each<[string, readonly ListedDevice[], string]>([
    [
      'its label',
      [listed('default', 'Default - Headset'), listed('a', 'Built-in'), listed('b', 'Headset')],
      'b',
    ],
    [
      'its group',
      [listed('default', 'Default', 'g'), listed('a', 'Built-in'), listed('b', 'Headset', 'g')],
      'b',
    ],
    ['itself when nothing else tells', [listed('default', 'Default'), listed('a', 'Built-in')], 'default'],
  ])('finds the default microphone behind the stand-in by %s', (_name, inventory, expected) => {
    expect(selectDevice('microphone', inventory, null)?.deviceId).toBe(expected);
  });

  it('does not offer the stand-ins as devices', () => {
    expect(realDevices([listed('default'), listed('communications'), desk])).toEqual([desk]);
  });
});
