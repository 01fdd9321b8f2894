import { watch, type Ref } from 'vue';

/**
 * Plays a stream in an element: attaches it, sends its sound to the chosen speaker, and starts it where
 * the browser waits for a gesture. An element without a stream is emptied, so that it holds no frame.
 */
export function useStreamElement(
  element: Readonly<Ref<HTMLMediaElement | null>>,
  stream: () => MediaStream | null,
  /** Device id of the speaker; empty or undefined: the system's default. */
  speaker?: () => string | undefined,
): void {
  watch(
    [element, stream] as const,
    ([media, source]) => {
      if (media === null || media.srcObject === source) {
        return;
      }
      media.srcObject = source;
      if (source !== null) {
        startPlaying(media);
      }
    },
    { immediate: true, flush: 'post' },
  );
  watch(
    [element, () => speaker?.() ?? ''] as const,
    ([media, sinkId]) => {
      if (media !== null && media.sinkId !== sinkId) {
        // A speaker that went away meanwhile leaves the sound where it is; the engine picks the next.
        media.setSinkId(sinkId).catch(() => undefined);
      }
    },
    { immediate: true, flush: 'post' },
  );
}

/** Autoplay may be refused until the person has touched the page: then the first touch starts it. */
function startPlaying(media: HTMLMediaElement): void {
  media.play().catch(() => {
    const again = () => {
      media.play().catch(() => undefined);
    };
    window.addEventListener('pointerdown', again, { once: true });
    window.addEventListener('keydown', again, { once: true });
  });
}
