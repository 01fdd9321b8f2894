/** By then the browser has taken the file, milliseconds. */
const keptMs = 60_000;

/** Offers a file as a download; the system asks where it should go, or puts it with the other downloads. */
export function saveFile(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), keptMs);
}

/** A name as a part of a file name: no path, nothing that a file system refuses, not too long. */
export function fileNamePart(text: string): string {
  const part = text
    .normalize('NFC')
    .replace(/[\p{Cc}<>:"/\\|?*]/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '');
  return Array.from(part).slice(0, 60).join('').trim();
}
