import { builtinModules } from 'node:module';
import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import { defineConfig } from 'eslint/config';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';

/**
 * Who may import whom. Every layer lists what it must never reach and where such code belongs instead,
 * so that the error message is the explanation.
 */
const node = {
  regex: `^(?:node:|(?:${builtinModules.filter((name) => !name.startsWith('_')).join('|')})(?:/|$))`,
  message: 'Node belongs in src/main or src/server; this layer runs without it.',
};
/** Everything but the packages named: a layer's dependencies are a decision, not an accident. */
const packagesBut = (names, message) => ({
  regex: `^(?!node:|[.#]|(?:${names.join('|')})(?:/|$))`,
  message,
});
const sharedPackages = packagesBut(['zod'], 'src/shared is pure: zod is its only package.');
const serverPackages = packagesBut(
  ['ws', 'redis', 'pino', 'prom-client', 'zod'],
  'The server runs on ws, redis, pino, prom-client and zod; argue for another package where you add it.',
);
const electron = {
  group: ['electron', 'electron/*'],
  message: 'Electron belongs in src/main/shell (or src/main/index.ts); put decisions in src/main/services.',
};
const vueGroup = {
  group: ['vue', 'pinia', 'vue-i18n', 'reka-ui', '@vueuse/*', '@lucide/vue'],
  message: 'Vue and Pinia belong in src/renderer/stores, composables or ui.',
};
const layer = (name, message) => ({
  group: [`**/${name}/**`, `#${name}/**`, `**/src/${name}/**`],
  message,
});
const main = layer('main', 'The main process is reached over IPC only (src/shared/ipc/contract.ts).');
const renderer = layer('renderer', 'Nothing outside the renderer may import the renderer.');
const preload = layer('preload', 'The preload is built alone; nothing imports it.');
const server = layer('server', 'Only src/main/services may embed the server.');
const bridge = {
  group: ['**/bridge.ts', '**/bridge'],
  message: 'Only composition roots touch the bridge; take a port in the constructor instead.',
};
const roots = {
  regex: '/(?:main|incoming)\\.ts$',
  message: 'Composition roots put a process together; nothing imports them.',
};
const staticImports = {
  selector: 'ImportExpression',
  message: 'Import at the top of the file, where the import rules can see it.',
};
const rules = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });
const typeOnly = (pattern) => ({ ...pattern, allowTypeImports: true });
const tsRules = (...patterns) => ({
  'no-restricted-imports': 'off',
  '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
});

const layers = [
  {
    files: ['src/shared/**/*.ts'],
    rules: rules(node, electron, vueGroup, main, renderer, preload, server, sharedPackages),
  },
  {
    files: ['src/server/**/*.ts'],
    rules: rules(electron, vueGroup, main, renderer, preload, serverPackages),
  },
  {
    files: ['src/main/services/**/*.ts'],
    rules: rules(electron, vueGroup, renderer, preload, {
      group: ['**/shell/**'],
      message: 'Services may not know the shell; define a port here and implement it in src/main/shell.',
    }),
  },
  { files: ['src/main/shell/**/*.ts'], rules: rules(vueGroup, renderer, preload, server) },
  { files: ['src/main/index.ts'], rules: rules(vueGroup, renderer, preload) },
  {
    files: ['src/preload/**/*.ts'],
    rules: tsRules(
      node,
      vueGroup,
      main,
      renderer,
      server,
      {
        group: ['zod', 'zod/*'],
        message: 'The preload validates nothing; schemas are parsed in main (ipcHost).',
      },
      {
        regex: '^(?:#shared/|\\.\\./)(?!ipc/channels\\.ts$)',
        message:
          'The preload may import values from shared/ipc/channels.ts only; use `import type` for the rest.',
        allowTypeImports: true,
      },
    ),
  },
  {
    files: ['src/renderer/engine/**/*.ts'],
    rules: rules(node, electron, vueGroup, main, preload, server, bridge, roots, {
      group: ['**/stores/**', '**/ui/**', '**/composables/**', '**/i18n/**'],
      message: 'The engine is plain TypeScript; it emits events and knows no interface.',
    }),
  },
  {
    files: ['src/renderer/stores/**/*.ts'],
    rules: rules(node, electron, main, preload, server, bridge, roots, {
      group: ['**/ui/**', '**/composables/**'],
      message: 'Stores are projections; components and composables read them, never the other way round.',
    }),
  },
  {
    files: ['src/renderer/contacts/**/*.ts', 'src/renderer/workers/**/*.ts'],
    rules: rules(node, electron, vueGroup, main, preload, server, bridge, roots, {
      group: ['**/engine/**', '**/stores/**', '**/ui/**', '**/composables/**', '**/i18n/**'],
      message: 'These also run in workers, where there is no page; they take what they need as arguments.',
    }),
  },
  {
    files: ['src/renderer/ui/**/*.{ts,vue}', 'src/renderer/composables/**/*.ts'],
    rules: tsRules(
      node,
      electron,
      main,
      preload,
      server,
      bridge,
      roots,
      typeOnly({
        group: ['**/engine/**'],
        message: 'Components may use engine types only; call the engine through a store.',
      }),
    ),
  },
  {
    files: ['src/renderer/*.ts'],
    rules: rules(node, electron, main, preload, server),
  },
];

export default defineConfig(
  { ignores: ['out/', 'demo-output/', 'test-results/', 'playwright-report/', 'coverage/', 'node_modules/'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  vue.configs['flat/recommended'],
  {
    languageOptions: {
      parserOptions: {
        project: [
          'tsconfig.shared.json',
          'tsconfig.node.json',
          'tsconfig.preload.json',
          'tsconfig.web.json',
          'tsconfig.tests.json',
        ],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      curly: 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines': ['error', { max: 500, skipBlankLines: false, skipComments: false }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/consistent-type-imports': ['error', { prefer: 'type-imports' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/promise-function-async': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals or an `as const` object.' },
        {
          selector: 'ExportDefaultDeclaration',
          message:
            'No default exports outside .vue files and configs: a named export keeps one name everywhere.',
        },
        staticImports,
        {
          selector: 'ExportAllDeclaration',
          message: 'No barrels: import from the file that defines the name.',
        },
      ],
    },
  },
  {
    files: ['**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser } },
    rules: {
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
      'vue/define-props-declaration': ['error', 'type-based'],
      'vue/define-emits-declaration': ['error', 'type-based'],
      'vue/no-ref-object-reactivity-loss': 'error',
      'vue/multi-word-component-names': 'off',
      'vue/no-v-html': 'error',
      'no-restricted-syntax': ['error', staticImports],
    },
  },
  {
    // What the first screen does not need is fetched when it is wanted, each through a file that does nothing else.
    files: ['src/renderer/ui/**/lazy*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['src/renderer/**/*.{ts,vue}', 'src/preload/**/*.ts'],
    languageOptions: { globals: globals.browser },
  },
  { files: ['scripts/**/*.ts', 'tests/**/*.ts', 'src/server/index.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['src/main/**/*.ts'],
    ignores: ['src/main/shell/ipcHost.ts'],
    rules: {
      'no-restricted-properties': 'off',
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'electron',
              importNames: ['ipcMain'],
              message: 'Only shell/ipcHost.ts may touch ipcMain: it checks sender, frame and arguments.',
            },
          ],
        },
      ],
    },
  },
  ...layers,
  {
    files: ['*.config.{ts,js}'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
  {
    // A sandboxed preload is CommonJS.
    files: ['tests/chromium-shell/fixture/preload.js'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // Tests may reach into any layer and build what they need; the layering is about the product.
    files: ['**/*.test.ts', 'tests/**/*.ts'],
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-restricted-imports': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  prettier,
);
