import type { Settings } from '#shared/settings.ts';
import type { ServerWish } from './EmbeddedServer.ts';

export interface ServerChoice {
  /** What the signaling client dials; empty when the person has not entered an address yet. */
  readonly url: string;
  readonly own: ServerWish;
}

/** Which server to use: the command line before the settings, our own one by default. */
export function chooseServer(settings: Settings['server'], override: string | undefined): ServerChoice {
  if (override !== undefined) {
    return { url: override, own: null };
  }
  if (settings.mode === 'remote') {
    return { url: settings.url, own: null };
  }
  const { port, openToNetwork } = settings;
  return { url: `ws://127.0.0.1:${port}`, own: { port, openToNetwork } };
}
