/** Scheme and host of every page of the app. */
export const appScheme = 'app';
const appHost = 'peerline';

export type AppPage = 'index.html' | 'incoming.html';

export const appUrl = (page: AppPage): string => `${appScheme}://${appHost}/${page}`;

/**
 * Whether a page address is one of ours. Compared by parts: Node has no origin for a scheme that it does
 * not know, and a prefix test would accept `app://peerline.example`.
 */
export function isAppUrl(url: string): boolean {
  if (!URL.canParse(url)) {
    return false;
  }
  const { protocol, host, username, password } = new URL(url);
  return protocol === `${appScheme}:` && host === appHost && username === '' && password === '';
}
