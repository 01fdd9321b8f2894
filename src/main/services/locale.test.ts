import { expect, it } from 'vitest';
import { localeFor } from './locale.ts';

it.each([
  ['zh-CN', 'zh-CN'],
  ['zh_TW', 'zh-CN'],
  ['zh', 'zh-CN'],
  ['en-GB', 'en'],
  ['de', 'en'],
  ['zhx', 'en'],
  ['', 'en'],
])('for a system in %j it speaks %s', (system, locale) => {
  expect(localeFor(system)).toBe(locale);
});
