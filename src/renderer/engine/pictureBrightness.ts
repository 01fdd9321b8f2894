/** Enough to tell a picture from darkness, pixels. */
const width = 32;
const height = 18;

/** A camera that has shown nothing by then is asked again, milliseconds. */
const frameMs = 1_000;

/** Mean brightness of what a camera shows now, 0 (black) to 1; null: it shows nothing (yet). */
export async function brightnessOf(stream: MediaStream | null): Promise<number | null> {
  if (stream?.getVideoTracks().some(({ readyState }) => readyState === 'live') !== true) {
    return null;
  }
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  try {
    const shown = await Promise.race([
      video.play().then(() => true),
      new Promise<boolean>((resolve) => {
        setTimeout(() => resolve(false), frameMs);
      }),
    ]);
    const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    if (!shown || context === null) {
      return null;
    }
    context.drawImage(video, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    const sum = data.reduce((total, value, at) => (at % 4 === 3 ? total : total + value), 0);
    return sum / (width * height * 3 * 255);
  } catch {
    // The track was replaced or stopped meanwhile.
    return null;
  } finally {
    video.srcObject = null;
  }
}
