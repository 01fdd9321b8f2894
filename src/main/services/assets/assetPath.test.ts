import { sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveAsset } from './assetPath.ts';

const root = `${sep}app${sep}out${sep}renderer`;

describe('resolveAsset', () => {
  it('finds a page with its type', () => {
    expect(resolveAsset(root, 'app://peerline/index.html')).toEqual({
      path: `${root}${sep}index.html`,
      contentType: 'text/html; charset=utf-8',
    });
  });

  it('finds a file in a folder, and ignores query and fragment', () => {
    expect(resolveAsset(root, 'app://peerline/assets/index-B3_x.js?v=1#top')?.path).toBe(
      `${root}${sep}assets${sep}index-B3_x.js`,
    );
  });

  it.each([
    'app://peerline/',
    'app://peerline/../main/index.js',
    'app://peerline/%2e%2e/main/index.js',
    'app://peerline/assets/..%2f..%2fmain%2findex.js',
    'app://peerline/assets/..%5c..%5cmain%5cindex.js',
    'app://peerline/assets/%252e%252e/index.js',
    'app://peerline/C:/Windows/win.json',
    'app://peerline//etc/hosts.txt',
    'app://peerline/index.html%00.js',
    'app://peerline/.env.json',
    'app://peerline/index.html/',
    'app://peerline/%',
    'app://peerline/secret.pem',
    'app://peerline/index',
    'app://elsewhere/index.html',
    'app://peerline.example/index.html',
    'app://user@peerline/index.html',
    'file:///etc/passwd.txt',
    'https://peerline/index.html',
    '',
    'not an address',
  ])('refuses %j', (url) => {
    const asset = resolveAsset(root, url);
    // The URL parser itself resolves `..` without leaving the root: what it then names must still be inside.
    expect(asset === undefined || asset.path.startsWith(root + sep)).toBe(true);
    expect(asset?.path.includes('..') ?? false).toBe(false);
  });

  it('never names a file outside of the root, whatever the address', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('..', '.', '/', '\\', '%2e', '%2f', '%5c', '%00', 'assets', 'a.js', ':', '~'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const asset = resolveAsset(root, `app://peerline/${pieces.join('')}`);
        if (asset !== undefined) {
          expect(asset.path.startsWith(root + sep)).toBe(true);
          expect(asset.path).not.toMatch(/\.\.|[\\\0%:~]/);
        }
      }),
      { numRuns: 5_000 },
    );
  });
});
