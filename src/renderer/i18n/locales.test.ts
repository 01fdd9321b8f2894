import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { endReasons } from '#shared/call/endReasons.ts';
import { errorCodes } from '#shared/errors.ts';
import { noticeCodes } from '#shared/ipc/contract.ts';
import en from './locales/en.json' with { type: 'json' };
import zhCN from './locales/zh-CN.json' with { type: 'json' };

const renderer = new URL('..', import.meta.url);

function flatten(messages: object, prefix = ''): Map<string, string> {
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(messages) as [string, unknown][]) {
    if (typeof value === 'string') {
      flat.set(prefix + key, value);
    } else {
      for (const [inner, text] of flatten(value as object, `${prefix}${key}.`)) {
        flat.set(inner, text);
      }
    }
  }
  return flat;
}

const languages = { en: flatten(en), 'zh-CN': flatten(zhCN) };
const names = Object.keys(languages) as (keyof typeof languages)[];
const keys = (name: keyof typeof languages) => [...languages[name].keys()].sort();
/** A plural repeats a place in each of its forms. */
const placeholders = (text = '') => [...new Set(text.match(/\{\w+\}/g))].sort();

/** Every source file that may ask for a sentence. */
const sources = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(?:vue|ts)$/.test(path) && !path.includes('.test.') && !path.startsWith('engine'))
  .map((path) => ({ path, text: readFileSync(new URL(path.replaceAll('\\', '/'), renderer), 'utf8') }));

describe('the languages', () => {
  it('have the same keys', () => {
    expect(keys('zh-CN')).toEqual(keys('en'));
  });

  it('have the same places to fill in', () => {
    for (const [key, text] of languages.en) {
      expect(placeholders(languages['zh-CN'].get(key)), key).toEqual(placeholders(text));
    }
  });

  it.each(names)('%s has no empty sentence, and none that shouts or says "Oops"', (name) => {
    for (const [key, text] of languages[name]) {
      expect(text.trim(), key).not.toBe('');
      expect(text, key).not.toMatch(/[!！]|oops/i);
    }
  });

  it.each(names)('%s has a sentence for every failure, end and notice', (name) => {
    const wanted = [
      ...errorCodes.map((code) => `errors.${code}`),
      ...endReasons.map((reason) => `end.${reason}`),
      ...noticeCodes.map((code) => `notice.${code}`),
      ...['connecting', 'online', 'offline'].map((phase) => `connection.${phase}`),
    ];
    expect(wanted.filter((key) => !languages[name].has(key))).toEqual([]);
  });

  it.each(names)('%s has every sentence that the interface asks for by name', (name) => {
    const missing = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/\bt\(\s*(?:[^()'`]*\?\s*)?'([\w.]+)'(?:\s*:\s*'([\w.]+)')?/g)]
        .flatMap(([, first, second]) => [first, second])
        .filter((key) => key !== undefined && !languages[name].has(key))
        .map((key) => `${path}: ${key ?? ''}`),
    );
    expect(missing).toEqual([]);
  });

  it.each(names)('%s has sentences under every name that is put together', (name) => {
    const prefixes = sources.flatMap(({ text }) =>
      [...text.matchAll(/\bt\(\s*`([\w.]+)\.\$\{/g)].map(([, prefix]) => prefix ?? ''),
    );
    expect(prefixes.length).toBeGreaterThan(10);
    for (const prefix of prefixes) {
      expect(
        [...languages[name].keys()].some((key) => key.startsWith(`${prefix}.`)),
        prefix,
      ).toBe(true);
    }
  });
});
