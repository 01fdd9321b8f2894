import { onScopeDispose, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import type { MediaKind } from '#shared/ipc/contract.ts';
import { useDevicesStore } from '../stores/devices.ts';
import { useImages } from './useImages.ts';

/** Keys under `contacts.camera.`. */
export type CameraProblem = 'denied' | 'none' | 'busy' | 'failed';

function problemOf(error: unknown): CameraProblem {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}

/** Pause between two pictures that are looked at, milliseconds: a hand holds a code for longer. */
const pauseMs = 120;

/**
 * The chosen camera, looking for a QR code from `start` until `stop` or the end of the component. `found` gets
 * each text it reads and says whether that was it.
 */
export function useQrCamera(
  video: Readonly<Ref<HTMLVideoElement | null>>,
  found: (text: string) => boolean,
): {
  readonly running: Readonly<Ref<boolean>>;
  readonly problem: Readonly<ShallowRef<CameraProblem | undefined>>;
  readonly start: () => Promise<void>;
  readonly stop: () => void;
} {
  const devices = useDevicesStore();
  const images = useImages();
  const running = ref(false);
  const problem = shallowRef<CameraProblem>();
  let stream: MediaStream | undefined;
  /** Counts up with every start and stop, so that what is late knows it. */
  let turn = 0;

  function stop(): void {
    turn += 1;
    running.value = false;
    for (const track of stream?.getTracks() ?? []) {
      track.stop();
    }
    stream = undefined;
    if (video.value !== null) {
      video.value.srcObject = null;
    }
  }

  async function open(): Promise<MediaStream> {
    const kind: MediaKind = 'camera';
    if ((await devices.access(kind)) === 'denied') {
      throw new DOMException('denied by the system', 'NotAllowedError');
    }
    const chosen = devices.devices.camera.active?.deviceId ?? '';
    return navigator.mediaDevices.getUserMedia({
      video: { width: { ideal: 1_280 }, ...(chosen === '' ? {} : { deviceId: { ideal: chosen } }) },
    });
  }

  async function look(element: HTMLVideoElement, mine: number): Promise<void> {
    while (turn === mine) {
      if (element.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && element.videoWidth > 0) {
        const text = await images.codeInFrame(await createImageBitmap(element));
        if (turn === mine && text !== null && found(text)) {
          stop();
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  function fail(mine: number, why: CameraProblem): void {
    if (turn === mine) {
      stop();
      problem.value = why;
    }
  }

  async function start(): Promise<void> {
    stop();
    const mine = turn;
    problem.value = undefined;
    running.value = true;
    try {
      const opened = await open();
      const element = video.value;
      if (turn !== mine || element === null) {
        for (const track of opened.getTracks()) {
          track.stop();
        }
        return;
      }
      stream = opened;
      for (const track of opened.getTracks()) {
        track.addEventListener('ended', () => fail(mine, 'none'), { once: true });
      }
      element.srcObject = opened;
      await element.play();
      await look(element, mine);
    } catch (error) {
      fail(mine, problemOf(error));
    }
  }

  onScopeDispose(stop);
  return { running, problem, start, stop };
}
