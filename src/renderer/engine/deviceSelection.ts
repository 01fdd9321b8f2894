import type { DeviceKind, DeviceOption } from './types.ts';

/** One entry of `enumerateDevices()` of one kind, in the browser's order. */
export interface ListedDevice {
  readonly deviceId: string;
  readonly label: string;
  /** Equal for the parts of one physical device, and for the entry that stands for the system's default. */
  readonly groupId: string;
}

/** Chromium's entries that stand for another one: what the system uses by default, or for calls. */
const standIns: ReadonlySet<string> = new Set(['default', 'communications']);

/** Face recognition cameras: their picture is black and white or empty. */
const infrared = /\b(?:ir|infrared|windows hello)\b/i;

/** What a person chooses from: the real devices. */
export const realDevices = (inventory: readonly ListedDevice[]): readonly ListedDevice[] =>
  inventory.filter((device) => !standIns.has(device.deviceId));

const option = ({ deviceId, label }: ListedDevice): DeviceOption => ({ deviceId, label });

function systemDefault(kind: DeviceKind, inventory: readonly ListedDevice[]): ListedDevice | undefined {
  const real = realDevices(inventory);
  if (kind === 'camera') {
    return real.find((device) => !infrared.test(device.label));
  }
  const marked = inventory.find((device) => device.deviceId === 'default');
  if (marked === undefined) {
    return real[0];
  }
  // `Default - NAME` in Chromium on most systems; the group tells where the label does not.
  return (
    real.find((device) => device.label !== '' && marked.label.endsWith(` - ${device.label}`)) ??
    real.find((device) => device.groupId !== '' && device.groupId === marked.groupId) ??
    marked
  );
}

/**
 * Which device to use: the preferred one by its exact id, then by its label (ids change when site data is
 * cleared, or with the port), then the system's default. A preference may name an infrared camera, the
 * default never is one. Null: there is none.
 */
export function selectDevice(
  kind: DeviceKind,
  inventory: readonly ListedDevice[],
  preference: DeviceOption | null,
): DeviceOption | null {
  const real = realDevices(inventory);
  const chosen =
    preference === null
      ? undefined
      : (real.find((device) => device.deviceId === preference.deviceId) ??
        real.find((device) => device.label !== '' && device.label === preference.label));
  const device = chosen ?? systemDefault(kind, inventory);
  return device === undefined ? null : option(device);
}
