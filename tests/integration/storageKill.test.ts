import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { openTestDatabase } from '#tests/support/main/openTestDatabase.ts';
import { tempFolder } from '#tests/support/main/tempFolder.ts';
import { allContacts } from '../../src/main/services/contacts/contactRows.ts';

const kills = 55;
/** The book holds 5,000: what one life adds is bounded, so that there is room until the last. */
const savesPerLife = 80;
/** After the first save a life lasts up to this long, milliseconds: the kill may fall on any step of a write. */
const longestMs = 120;

const writer = fileURLToPath(new URL('../support/main/contactWriter.ts', import.meta.url));

/** Programs that are loaded and wait for their turn; loading takes far longer than a life. */
const waitingPrograms = 4;

type Program = ChildProcessByStdio<Writable, Readable, null>;

const load = (folder: string): Program =>
  spawn(process.execPath, [writer, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  });

/** One life of the program, ended by SIGKILL at a moment that nobody chose. Returns what it said it had saved. */
async function live(child: Program): Promise<readonly string[]> {
  const exit = once(child, 'exit');
  child.stdin.write('begin');
  const lines = createInterface({ input: child.stdout });
  const confirmed: string[] = [];
  const first = new Promise<void>((resolve) => {
    lines.on('line', (line) => {
      confirmed.push(line);
      resolve();
      if (confirmed.length >= savesPerLife) {
        child.kill('SIGKILL');
      }
    });
  });
  const closed = once(lines, 'close');
  await Promise.race([first, exit]);
  await pause(Math.random() * longestMs);
  child.kill('SIGKILL');
  const [, signal] = (await exit) as [number | null, NodeJS.Signals | null];
  expect(signal).toBe('SIGKILL');
  await closed;
  return confirmed;
}

it(
  'every contact whose save was confirmed is there after many kills of the program',
  { timeout: 110_000 },
  async () => {
    const folder = await tempFolder();
    const confirmed = new Map<string, string>();
    const programs = Array.from({ length: waitingPrograms }, () => load(folder));
    onTestFinished(() => programs.forEach((program) => program.kill('SIGKILL')));
    for (let kill = 0; kill < kills; kill++) {
      programs.push(load(folder));
      const program = programs.shift();
      for (const line of program === undefined ? [] : await live(program)) {
        const [id = '', name = ''] = line.split(/ (.*)/);
        confirmed.set(id, name);
      }
    }
    // Every life had begun to write.
    expect(confirmed.size).toBeGreaterThanOrEqual(kills);

    const database = openTestDatabase(folder);
    const found = database.read(allContacts);
    const kept = new Map(found.ok ? found.value.map(({ id, name }) => [String(id), name]) : []);
    const lost = [...confirmed].filter(([id, name]) => kept.get(id) !== name);
    expect(lost).toEqual([]);
    // At most the one save that each kill cut off is there without having been confirmed.
    expect(kept.size).toBeLessThanOrEqual(confirmed.size + kills);
    database.close();

    const connection = new DatabaseSync(join(folder, 'peerline.db'));
    expect(connection.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    connection.close();
    console.log(`${kills} kills, ${confirmed.size} confirmed contacts, none lost`);
  },
);
