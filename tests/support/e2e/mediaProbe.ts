import type { Locator } from '@playwright/test';

/** What a `<video>` element really shows and plays, read through the DOM alone. */
export interface PlayedMedia {
  /** Frames decoded and presented so far. */
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  /** Brightest minus darkest luma of the current frame, 0 to 255; 0 for a black or flat picture. */
  readonly contrast: number;
  /** Largest audio amplitude heard while probing, 0 to 1. */
  readonly audioPeak: number;
}

/** Longer than the period of Chromium's fake microphone, which beeps once a second. Milliseconds. */
const listenMs = 1_300;

/** Watches and listens to a media element for a little more than a second. */
export async function probeMedia(video: Locator): Promise<PlayedMedia> {
  return video.evaluate(async (element, duration): Promise<PlayedMedia> => {
    if (!(element instanceof HTMLVideoElement)) {
      throw new TypeError('not a video element');
    }
    const canvas = new OffscreenCanvas(32, 18);
    const context = canvas.getContext('2d');
    if (context === null) {
      throw new Error('no 2d context');
    }
    context.drawImage(element, 0, 0, 32, 18);
    const pixels = context.getImageData(0, 0, 32, 18).data;
    let darkest = 255;
    let brightest = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      const luma = 0.299 * (pixels[at] ?? 0) + 0.587 * (pixels[at + 1] ?? 0) + 0.114 * (pixels[at + 2] ?? 0);
      darkest = Math.min(darkest, luma);
      brightest = Math.max(brightest, luma);
    }

    let audioPeak = 0;
    const stream = element.srcObject;
    if (stream instanceof MediaStream && stream.getAudioTracks().length > 0) {
      const audio = new AudioContext();
      await audio.resume();
      const source = audio.createMediaStreamSource(stream);
      const analyser = audio.createAnalyser();
      analyser.fftSize = 2_048;
      source.connect(analyser);
      const samples = new Float32Array(analyser.fftSize);
      const until = performance.now() + duration;
      while (performance.now() < until) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) {
          audioPeak = Math.max(audioPeak, Math.abs(sample));
        }
      }
      source.disconnect();
      await audio.close();
    }
    return {
      frames: element.getVideoPlaybackQuality().totalVideoFrames,
      width: element.videoWidth,
      height: element.videoHeight,
      contrast: brightest - darkest,
      audioPeak,
    };
  }, listenMs);
}

/** Frames presented so far, or 0 while nothing is attached. */
export async function frameCount(video: Locator): Promise<number> {
  return video.evaluate((element) =>
    element instanceof HTMLVideoElement ? element.getVideoPlaybackQuality().totalVideoFrames : 0,
  );
}
