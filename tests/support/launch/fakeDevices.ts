/** Chromium's fake audio system has two microphones beside the entry `default`. */
const MAX_MICROPHONES = 2;

/** The Chromium switches for `cameras` fake cameras (and the fixed set of fake audio devices). */
export function fakeDeviceSwitch(cameras: number): string {
  return `--use-fake-device-for-media-stream=device-count=${cameras}`;
}

/** An init script that hides all but the first `count` fake microphones; Chromium has no switch for it. */
export function limitMicrophones(count: number): string {
  if (count > MAX_MICROPHONES) {
    throw new RangeError(`at most ${MAX_MICROPHONES} fake microphones, not ${count}`);
  }
  return count === MAX_MICROPHONES ? '' : `(${limit.toString()})(${count});`;
}

/** Runs in the page, so it may refer to nothing outside of itself. */
function limit(count: number): void {
  const media = (globalThis as { MediaDevices?: typeof MediaDevices }).MediaDevices?.prototype;
  if (media === undefined) {
    return;
  }
  const original = <K extends keyof MediaDevices>(name: K): MediaDevices[K] => media[name];
  const enumerate = original('enumerateDevices');
  media.enumerateDevices = async function () {
    let left = count;
    return (await enumerate.call(this)).filter((device) => {
      if (device.kind !== 'audioinput' || (device.deviceId === 'default' && count > 0)) {
        return true;
      }
      left -= 1;
      return left >= 0;
    });
  };
  const capture = original('getUserMedia');
  media.getUserMedia = async function (constraints) {
    if (count === 0 && constraints?.audio) {
      throw new DOMException('Requested device not found', 'NotFoundError');
    }
    return capture.call(this, constraints);
  };
}
