import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';

export interface Delivery {
  readonly from: PeerId;
  readonly fromDevice: DeviceId;
  readonly box: string;
  readonly at: number;
}

/**
 * The text of a `deliver` frame, in pieces. This and the receipt are joined by hand, because there is one of each
 * for every box; all parts but `ref` have been through schemas whose alphabets need no escaping.
 */
export const deliverFrame = (delivery: Delivery, seq: number): readonly [string, string, string] => [
  `{"type":"deliver","from":"${delivery.from}","fromDevice":"${delivery.fromDevice}","at":${delivery.at},"seq":${seq},"box":"`,
  delivery.box,
  '"}',
];

export function receiptFrame(ref: string, devices: readonly DeviceId[], stored: boolean): string {
  const list = devices.length === 0 ? '' : `"${devices.join('","')}"`;
  return `{"type":"receipt","ref":${JSON.stringify(ref)},"devices":[${list}],"stored":${stored}}`;
}
