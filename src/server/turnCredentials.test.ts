import { expect, test } from 'vitest';
import { turnCredentials } from './turnCredentials.ts';

const turn = { secret: 'north-south-east-west', ttlSeconds: 3_600 };
const now = Date.UTC(2026, 0, 1, 0, 0, 0, 999);

test('the user name is the second in which it ends, the password its HMAC in base64', () => {
  expect(turnCredentials(turn, now, () => 'AAECAwQFBgcICQoL')).toEqual({
    username: '1767229200:AAECAwQFBgcICQoL',
    credential: 'fuvIpBUAW5vOZ6hltVxfw6FUzIU=',
  });
});

test('no two of them can be told to be of one person', () => {
  const names = Array.from({ length: 100 }, () => turnCredentials(turn, now).username);
  expect(new Set(names).size).toBe(100);
  expect(names.every((name) => /^1767229200:[\w-]{16}$/.test(name))).toBe(true);
});
