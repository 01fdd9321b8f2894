/** Chromium's fake audio system has two microphones beside the entry `default`. */
const MAX_MICROPHONES = 2;

/**
 * The second fake camera pretends to be a depth camera (16 bit grey), whose frames no video encoder takes
 * (Chromium, fake_video_capture_device_factory.cc); it is passed over.
 */
const DEPTH_CAMERA = 'fake_device_1';

/** How many fake cameras Chromium has to make, so that `cameras` of them can be used in a call. */
export function fakeCameraCount(cameras: number): number {
  return cameras < 2 ? cameras : cameras + 1;
}

/** An init script that hides the depth camera and all but the first `microphones`; there are no switches for it. */
export function limitDevices(microphones: number): string {
  if (microphones > MAX_MICROPHONES) {
    throw new RangeError(`at most ${MAX_MICROPHONES} fake microphones, not ${microphones}`);
  }
  return `(${limit.toString()})(${microphones}, ${JSON.stringify(DEPTH_CAMERA)});`;
}

/** Runs in the page, so it may refer to nothing outside of itself. */
function limit(microphones: number, hidden: string): void {
  const media = (globalThis as { MediaDevices?: typeof MediaDevices }).MediaDevices?.prototype;
  if (media === undefined) {
    return;
  }
  const original = <K extends keyof MediaDevices>(name: K): MediaDevices[K] => media[name];
  const enumerate = original('enumerateDevices');
  media.enumerateDevices = async function () {
    let left = microphones;
    return (await enumerate.call(this)).filter((device) => {
      if (device.kind !== 'audioinput' || (device.deviceId === 'default' && microphones > 0)) {
        return device.label !== hidden;
      }
      left -= 1;
      return left >= 0;
    });
  };
  const capture = original('getUserMedia');
  media.getUserMedia = async function (constraints) {
    if (microphones === 0 && constraints?.audio) {
      throw new DOMException('Requested device not found', 'NotFoundError');
    }
    return capture.call(this, constraints);
  };
}
