import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scenesAt } from './scenes.ts';
import { graveViolations } from '../graveViolations.ts';
import { overflowing, Screens } from './Screens.ts';

/**
 * Makes pictures of every screen and names what is wrong with them:
 * `node tests/support/uiHarness/shoot.ts FOLDER [SCENE...]`.
 */
const sizes = [
  { width: 360, height: 480 },
  { width: 1080, height: 700 },
  { width: 1920, height: 1080 },
] as const;

const [folder = 'ui-shots', ...wanted] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const shared = await mkdtemp(join(tmpdir(), 'peerline-ui-'));
const screens = await Screens.open(shared);
try {
  for (const scene of Object.keys(scenesAt(Date.now()))) {
    if (wanted.length > 0 && !wanted.includes(scene)) {
      continue;
    }
    for (const size of scene.startsWith('popup') ? sizes.slice(1, 2) : sizes) {
      for (const [locale, theme] of [
        ['en', 'light'],
        ['zh-CN', 'dark'],
      ] as const) {
        const name = `${scene}-${size.width}-${locale}-${theme}`;
        const { page, problems, close } = await screens.show({ scene, locale, theme, size });
        const wrong = [...problems, ...(await graveViolations(page)), ...(await overflowing(page))];
        for (const problem of wrong) {
          console.log(`${name}: ${problem}`);
        }
        await page.screenshot({ path: join(folder, `${name}.png`) });
        await close();
      }
    }
  }
} finally {
  await screens.close();
  await rm(shared, { recursive: true, force: true });
}
