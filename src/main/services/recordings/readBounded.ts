import { open } from 'node:fs/promises';
import { err, ok, type Result } from '#shared/result.ts';
import { errorCode } from '../storage/JsonFile.ts';

/**
 * The text of a file of at most `maxBytes`. Reads no more than that, whatever the file says of its size: a device
 * or a pipe says nought. The error is a word for the log and names no path.
 */
export async function readBounded(path: string, maxBytes: number): Promise<Result<string, string>> {
  try {
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (!stat.isFile() || stat.size > maxBytes) {
        return err(stat.isFile() ? 'too large' : 'no file');
      }
      const bytes = Buffer.alloc(maxBytes + 1);
      let length = 0;
      for (let read = 1; read > 0 && length <= maxBytes; length += read) {
        read = (await file.read(bytes, length, bytes.length - length, length)).bytesRead;
      }
      return length > maxBytes ? err('too large') : ok(bytes.toString('utf8', 0, length));
    } finally {
      await file.close();
    }
  } catch (error) {
    return err(errorCode(error) ?? 'unreadable');
  }
}
