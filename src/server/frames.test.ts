import { expect, test } from 'vitest';
import { deviceIdSchema } from '#shared/identity/ids.ts';
import { parsePeerId } from '#shared/identity/peerId.ts';
import { serverMessageSchema } from '#shared/protocol/messages.ts';
import { deliverFrame, receiptFrame } from './frames.ts';

const read = (frame: string): unknown => serverMessageSchema.parse(JSON.parse(frame));
const device = deviceIdSchema.parse('AAECAwQFBgcICQoLDA0ODw');
const other = deviceIdSchema.parse('_-ECAwQFBgcICQoLDA0ODw');

test('a delivery is what its schema reads', () => {
  const from = parsePeerId('AS3NN-9TMCD-3MR0M-5VXEV-YAYAE');
  if (!from.ok) {
    throw new Error('not an id');
  }
  const delivery = { from: from.value, fromDevice: device, box: 'c2VhbGVk_-', at: 1_767_225_600_000 };
  expect(read(deliverFrame(delivery, 7).join(''))).toEqual({ type: 'deliver', ...delivery, seq: 7 });
});

test.each([
  ['plain', []],
  ['"quoted\\" \n \u2028 é \ud83d', [device]],
  ['two', [device, other]],
])('a receipt for %j is what its schema reads', (ref, devices) => {
  expect(read(receiptFrame(ref, devices, true))).toEqual({ type: 'receipt', ref, devices, stored: true });
});
