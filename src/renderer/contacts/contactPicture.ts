import { contactBounds } from '#shared/people/contacts.ts';
import { centreSquare } from './pictureRules.ts';

/** JPEG qualities, best first; at 256 pixels square already the first is far below the bound. */
const qualities = [0.88, 0.7, 0.5] as const;

/** `btoa` takes characters, and a call only so many of them. */
function toBase64(bytes: Uint8Array): string {
  const step = 8_192;
  let text = '';
  for (let at = 0; at < bytes.length; at += step) {
    text += String.fromCharCode(...bytes.subarray(at, at + step));
  }
  return btoa(text);
}

/** The middle of a decoded picture as the address book keeps it: a square JPEG as a data URL. In workers only. */
export async function squarePicture(bitmap: ImageBitmap): Promise<string | undefined> {
  const { pictureSize, pictureChars } = contactBounds;
  const canvas = new OffscreenCanvas(pictureSize, pictureSize);
  const context = canvas.getContext('2d');
  if (context === null) {
    return undefined;
  }
  const { x, y, side } = centreSquare(bitmap);
  // JPEG knows no transparency, and black behind a drawing is rarely meant.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, pictureSize, pictureSize);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, x, y, side, side, 0, 0, pictureSize, pictureSize);
  for (const quality of qualities) {
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
    const url = `data:image/jpeg;base64,${toBase64(new Uint8Array(await blob.arrayBuffer()))}`;
    if (url.length <= pictureChars) {
      return url;
    }
  }
  return undefined;
}
