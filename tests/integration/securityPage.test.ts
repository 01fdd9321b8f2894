import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** `file` \u203A title, up to the next test or the end of the cell. */
const reference = /`([^`]+\.ts)` \u203A (.+?)(?=; `| \|$)/gm;

async function references(): Promise<readonly { readonly file: string; readonly title: string }[]> {
  const page = await readFile(join(root, 'docs/security.md'), 'utf8');
  return [...page.matchAll(reference)].map(([, file = '', title = '']) => ({ file, title: title.trim() }));
}

/** What stands before the name of a test that runs, not before words in a comment. */
const endsAsNameOfTest = (before: string): boolean => /(?<!\.(?:skip|todo))\(\s*['"`][^'"`\n]*$/.test(before);

it('names tests that exist, for every thing that somebody cannot do', async () => {
  const named = await references();
  expect(named.length).toBeGreaterThan(30);
  const missing: string[] = [];
  for (const { file, title } of named) {
    const source = await readFile(join(root, file), 'utf8').catch(() => '');
    if (!source.split(title).slice(0, -1).some(endsAsNameOfTest)) {
      missing.push(`${file}: ${title}`);
    }
  }
  expect(missing).toEqual([]);
});
