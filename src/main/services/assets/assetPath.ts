import { extname, join, sep } from 'node:path';
import { isAppUrl } from '../appOrigin.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.wav': 'audio/wav',
  '.m4a': 'audio/mp4',
  '.txt': 'text/plain; charset=utf-8',
};

export interface Asset {
  readonly path: string;
  readonly contentType: string;
}

/**
 * The file that an `app://peerline/...` address names inside `root`, or undefined when it names none: another
 * host, a type that we do not ship, or a path that could leave `root`. A segment is taken literally after one
 * decoding, and only plain names are allowed, so neither `..`, nor an encoded slash, backslash or NUL, nor a
 * drive letter, nor a hidden file gets through.
 */
export function resolveAsset(root: string, url: string): Asset | undefined {
  if (!isAppUrl(url)) {
    return undefined;
  }
  const segments = new URL(url).pathname.split('/').slice(1).map(decodeSegment);
  if (segments.some((segment) => segment === undefined || !plainName.test(segment))) {
    return undefined;
  }
  const path = join(root, ...segments.filter((segment) => segment !== undefined));
  const contentType = types[extname(path).toLowerCase()];
  if (contentType === undefined || !path.startsWith(root.endsWith(sep) ? root : root + sep)) {
    return undefined;
  }
  return { path, contentType };
}

/** What the build writes: letters, digits, `_`, `-`, and dots that are neither first nor last nor doubled. */
const plainName = /^[\w-]+(?:\.[\w-]+)*$/;

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
