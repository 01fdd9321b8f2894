import type { NetworkInterfaceInfo } from 'node:os';

/**
 * `ws://` addresses of this computer for others: IPv4 first, then IPv6; without loopback, and without
 * link-local ones, which need a zone that differs on every computer.
 */
export function lanAddresses(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
  port: number,
): readonly string[] {
  const usable = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .filter(
      ({ internal, address }) =>
        !internal && !address.startsWith('169.254.') && !/^fe[89ab][\da-f]:/i.test(address),
    )
    .sort((a, b) => a.family.localeCompare(b.family));
  const urls = usable.map(({ family, address }) =>
    family === 'IPv6' ? `ws://[${address}]:${port}` : `ws://${address}:${port}`,
  );
  return [...new Set(urls)];
}
