/** What the image worker is asked. */
export type ImageQuestion =
  | { readonly what: 'picture'; readonly file: Blob }
  | { readonly what: 'codeInFile'; readonly file: Blob }
  /** The worker closes the frame. */
  | { readonly what: 'codeInFrame'; readonly frame: ImageBitmap };

export type ImageAnswer =
  | { readonly picture: string }
  /** The text of a QR code; null: there is none. */
  | { readonly code: string | null }
  | { readonly problem: 'unreadable' };
