/**
 * What our pages may do. Everything comes from the app itself; nothing is inline, nothing is fetched from
 * elsewhere. Vue and the primitives set styles through CSSOM (`element.style`), which a policy does not touch,
 * so neither style elements nor style attributes are allowed.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "media-src 'self' blob: mediastream:",
  "connect-src 'self'",
  "worker-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export const pageHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': contentSecurityPolicy,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'camera=(self), microphone=(self), speaker-selection=(self), display-capture=(self), geolocation=(), usb=(), serial=(), hid=(), midi=(), payment=()',
  // The files change with each version of the app and are on the same disk.
  'Cache-Control': 'no-store',
};
