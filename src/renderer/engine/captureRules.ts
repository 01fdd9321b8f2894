import type { DeviceProblem } from './types.ts';

export type CaptureKind = 'camera' | 'microphone';

/** 720p at 30 frames a second is what calling apps send between two people; a camera that cannot gives less. */
const cameraSize = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } as const;

/** Asks for exactly this device, so that a missing one fails instead of silently becoming another. */
export function captureConstraints(kind: CaptureKind, deviceId: string): MediaStreamConstraints {
  const device = deviceId === '' ? {} : { deviceId: { exact: deviceId } };
  switch (kind) {
    case 'camera':
      return { video: { ...cameraSize, ...device } };
    case 'microphone':
      return {
        audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...device },
      };
  }
}

const nameOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';

/** Sorts the exceptions of getUserMedia (Media Capture and Streams, section 10.3) by what a person can do. */
export function captureProblem(error: unknown): DeviceProblem {
  switch (nameOf(error)) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'MEDIA_DENIED';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'MEDIA_NONE';
    case 'NotReadableError':
    case 'AbortError':
      return 'MEDIA_BUSY';
    default:
      return 'MEDIA_FAILED';
  }
}
