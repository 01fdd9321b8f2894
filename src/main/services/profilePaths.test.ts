import { join } from 'node:path';
import { expect, it } from 'vitest';
import { profilePaths } from './profilePaths.ts';

it('keeps the default profile in the data folder and named ones apart below it', () => {
  const base = join('/', 'data');
  expect(profilePaths(base, undefined).identity).toBe(join(base, 'identity.json'));
  expect(profilePaths(base, 'second').identity).toBe(join(base, 'profiles', 'second', 'identity.json'));
  expect(profilePaths(base, 'second').log).toBe(join(base, 'profiles', 'second', 'logs', 'main.log'));
});
