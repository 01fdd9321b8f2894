import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vueI18n from '@intlify/unplugin-vue-i18n/vite';
import vue from '@vitejs/plugin-vue';
import { build } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Builds the harness with the plugins of the renderer's build into `folder`. */
async function buildHarness(folder: string): Promise<void> {
  await build({
    configFile: false,
    root: here('.'),
    logLevel: 'error',
    publicDir: false,
    plugins: [
      vue(),
      vueI18n({ include: [here('../../../src/renderer/i18n/locales/**')], runtimeOnly: true }),
    ],
    build: {
      outDir: folder,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      // The app runs in Electron's Chromium only; electron-vite sets this for the real build.
      target: 'chrome140',
      rolldownOptions: { input: here('harness.html') },
    },
  });
}

/**
 * The harness in `shared`, for several processes that may ask at once: whoever is ready first is used by all.
 * Gives the folder to serve.
 */
export async function builtHarness(shared: string): Promise<string> {
  const built = join(shared, 'built');
  if (existsSync(built)) {
    return built;
  }
  const own = await mkdtemp(join(shared, 'build-'));
  await buildHarness(own);
  try {
    await rename(own, built);
  } catch (error) {
    await rm(own, { recursive: true });
    if (!existsSync(built)) {
      throw error;
    }
  }
  return built;
}
