import { serverUrlSchema } from '#shared/settings.ts';

/**
 * Host and port as dialled, for the login signature: lower case, the default ports written out, IPv6 in
 * brackets. Undefined when the text is no ws: or wss: address.
 */
export function audienceOf(url: string): string | undefined {
  if (!serverUrlSchema.safeParse(url).success || !URL.canParse(url)) {
    return undefined;
  }
  const { protocol, hostname, port } = new URL(url);
  return `${hostname}:${port === '' ? (protocol === 'wss:' ? '443' : '80') : port}`;
}
