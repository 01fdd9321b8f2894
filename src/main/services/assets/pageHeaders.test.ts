import { describe, expect, it } from 'vitest';
import { pageHeaders } from './pageHeaders.ts';

describe('pageHeaders', () => {
  const policy = new Map(
    (pageHeaders['Content-Security-Policy'] ?? '').split('; ').map((directive) => {
      const [name = '', ...sources] = directive.split(' ');
      return [name, sources] as const;
    }),
  );

  it('allow nothing that is not named', () => {
    expect(policy.get('default-src')).toEqual(["'none'"]);
    expect(policy.get('script-src')).toEqual(["'self'"]);
    expect(policy.get('style-src')).toEqual(["'self'"]);
    expect(policy.get('connect-src')).toEqual(["'self'"]);
  });

  it('name no other host, nothing inline and no evaluation', () => {
    const sources = [...policy.values()].flat();
    expect(sources.filter((source) => /unsafe|http|ws:|wss:|\*/.test(source))).toEqual([]);
  });

  it('keep the page out of frames and stop it from guessing types', () => {
    expect(policy.get('frame-ancestors')).toEqual(["'none'"]);
    expect(pageHeaders).toMatchObject({
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
  });
});
