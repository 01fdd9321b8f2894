import { resolve } from 'node:path';
import vue from '@vitejs/plugin-vue';
import vueI18n from '@intlify/unplugin-vue-i18n/vite';
import { defineConfig } from 'electron-vite';

const here = (path: string) => resolve(import.meta.dirname, path);

export default defineConfig({
  main: {
    build: {
      rolldownOptions: {
        input: {
          index: here('src/main/index.ts'),
          // Threads of their own have a file of their own.
          backupWorker: here('src/main/services/identity/backupWorker.ts'),
          copyWorker: here('src/main/services/storage/copyWorker.ts'),
        },
      },
    },
  },
  preload: {
    build: {
      // One self-contained CommonJS file: a sandboxed preload can require nothing but `electron`.
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: here('src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: here('src/renderer'),
    build: {
      rolldownOptions: {
        input: { index: here('src/renderer/index.html'), incoming: here('src/renderer/incoming.html') },
      },
      // Inlined assets would need `data:` sources in the content security policy.
      assetsInlineLimit: 0,
    },
    plugins: [vue(), vueI18n({ include: [here('src/renderer/i18n/locales/**')], runtimeOnly: true })],
  },
});
