/** Bounds of a picture that somebody chooses; what is kept of it is in `contactBounds`. */
export const pictureRules = {
  fileBytes: 30 * 1024 * 1024,
  pixels: 50_000_000,
} as const;

/** The largest square in the middle. */
export function centreSquare(size: { readonly width: number; readonly height: number }): {
  readonly x: number;
  readonly y: number;
  readonly side: number;
} {
  const side = Math.min(size.width, size.height);
  return { x: Math.floor((size.width - side) / 2), y: Math.floor((size.height - side) / 2), side };
}

/** `width` by `height` shrunk, or enlarged by whole numbers, to what a QR decoder reads well. Pixels. */
export function decodingSize(
  size: { readonly width: number; readonly height: number },
  longest: number,
): { readonly width: number; readonly height: number } {
  const side = Math.max(size.width, size.height);
  // One pixel for each module is too few for the finder patterns.
  const scale = side > longest ? longest / side : side < 300 ? Math.ceil(300 / Math.max(1, side)) : 1;
  return {
    width: Math.max(1, Math.round(size.width * scale)),
    height: Math.max(1, Math.round(size.height * scale)),
  };
}
