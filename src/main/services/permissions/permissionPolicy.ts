import type { WindowRole } from '#shared/ipc/contract.ts';
import { isAppUrl } from '../appOrigin.ts';

/** What Chromium asks, for a request and for a check alike. */
export interface PermissionQuestion {
  /** Chromium's name, e.g. `media`. */
  readonly permission: string;
  /** The page that asks; an origin is enough. */
  readonly url: string;
  /** The window it lives in; undefined when it is none of ours. */
  readonly window: WindowRole | undefined;
  readonly isMainFrame: boolean;
  /** For `media`: what is to be opened; empty when Chromium does not say. */
  readonly media: readonly string[];
}

/**
 * The last three are what Chromium's Local Network Access asks before ICE may use a candidate with a local or
 * loopback address: without them two people on one network could not call each other. The page can use them
 * for nothing else, because its content security policy lets it connect nowhere.
 */
const allowed: ReadonlySet<string> = new Set([
  'media',
  'speaker-selection',
  'display-capture',
  'local-network-access',
  'local-network',
  'loopback-network',
]);
const allowedMedia: ReadonlySet<string> = new Set(['audio', 'video', 'unknown']);

/**
 * Whether a page gets a permission: only the main window, its main frame, our origin, and only what a call
 * needs. Everything that is not named here is denied, also what a later Chromium may invent.
 */
export function isPermissionGranted(question: PermissionQuestion): boolean {
  return (
    question.window === 'main' &&
    question.isMainFrame &&
    isAppUrl(question.url) &&
    allowed.has(question.permission) &&
    (question.permission !== 'media' || question.media.every((kind) => allowedMedia.has(kind)))
  );
}
