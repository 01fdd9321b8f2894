import encodeQR from 'qr';

/** Light modules around the code, which readers need to find it (ISO/IEC 18004, quiet zone). */
const quietZone = 4;

/** Rows of a QR code with its quiet zone; true is dark. Level M survives a fold or a smudge. */
export const qrModules = (text: string): readonly (readonly boolean[])[] =>
  encodeQR(text, 'raw', { ecc: 'medium', border: quietZone });

/** All dark modules as one SVG path, a module being one unit. */
export const qrPath = (modules: readonly (readonly boolean[])[]): string =>
  modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');

/** Pixels of a module in a saved picture. */
const savedScale = 16;

/** A PNG of the code; undefined: this browser cannot make one. */
export async function qrPng(text: string): Promise<Blob | undefined> {
  const modules = qrModules(text);
  const side = modules.length * savedScale;
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d');
  if (context === null) {
    return undefined;
  }
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, side, side);
  context.fillStyle = '#000000';
  modules.forEach((row, y) => {
    row.forEach((dark, x) => {
      if (dark) {
        context.fillRect(x * savedScale, y * savedScale, savedScale, savedScale);
      }
    });
  });
  return canvas.convertToBlob({ type: 'image/png' });
}
