import type { DeviceId } from '#shared/identity/ids.ts';
import type { PeerId } from '#shared/identity/peerId.ts';

export interface Delivery {
  readonly from: PeerId;
  readonly fromDevice: DeviceId;
  readonly box: string;
  readonly at: number;
}

/**
 * The text of a `deliver` frame. Joined by hand, because it is the one frame that is large and frequent, and
 * every part has been through a schema whose alphabet needs no escaping.
 */
export const deliverFrame = (delivery: Delivery, seq: number): string =>
  `{"type":"deliver","from":"${delivery.from}","fromDevice":"${delivery.fromDevice}","at":${delivery.at},"seq":${seq},"box":"${delivery.box}"}`;
