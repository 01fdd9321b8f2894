import { readFile } from 'node:fs/promises';
import { protocol } from 'electron';
import type { Logger } from '#shared/logging.ts';
import { appScheme } from '../services/appOrigin.ts';
import { resolveAsset } from '../services/assets/assetPath.ts';
import { pageHeaders } from '../services/assets/pageHeaders.ts';

/** Makes `app://` an origin like https. Must run before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ]);
}

/** Serves the built pages from `root` and nothing else. */
export function serveApp(options: { readonly root: string; readonly logger: Logger }): void {
  const refused = (status: 404 | 405): Response =>
    new Response(status === 404 ? 'Not found' : 'Method not allowed', {
      status,
      headers: { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8' },
    });
  protocol.handle(appScheme, async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return refused(405);
    }
    const asset = resolveAsset(options.root, request.url);
    if (asset === undefined) {
      options.logger.warn('page address refused', { length: request.url.length });
      return refused(404);
    }
    try {
      const bytes = await readFile(asset.path);
      return new Response(request.method === 'HEAD' ? null : new Uint8Array(bytes), {
        headers: {
          ...pageHeaders,
          'Content-Type': asset.contentType,
          'Content-Length': String(bytes.byteLength),
        },
      });
    } catch {
      return refused(404);
    }
  });
}
