import { registerHooks } from 'node:module';

const KEY = 'peerline.chromium-shell.electron';
const ESM_URL = 'chromium-shell:electron.mjs';
const CJS_URL = 'chromium-shell:electron.cjs';
const SPECIFIERS = new Set(['electron', 'electron/main', 'electron/common']);

/**
 * From here on `import ... from 'electron'` and `require('electron')` give `electron`, in the app's own
 * bundle and in every package that it loads.
 */
export function answerElectron(electron: Readonly<Record<string, unknown>>): void {
  Reflect.set(globalThis, Symbol.for(KEY), electron);
  const from = `globalThis[Symbol.for(${JSON.stringify(KEY)})]`;
  const named = Object.keys(electron).map((name) => `export const ${name} = electron.${name};`);
  const esm = [`const electron = ${from};`, 'export default electron;', ...named].join('\n');

  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!SPECIFIERS.has(specifier)) {
        return nextResolve(specifier, context);
      }
      return context.conditions.includes('require')
        ? { url: CJS_URL, format: 'commonjs', shortCircuit: true }
        : { url: ESM_URL, format: 'module', shortCircuit: true };
    },
    load(url, context, nextLoad) {
      if (url === ESM_URL) {
        return { format: 'module', source: esm, shortCircuit: true };
      }
      if (url === CJS_URL) {
        return { format: 'commonjs', source: `module.exports = ${from};`, shortCircuit: true };
      }
      return nextLoad(url, context);
    },
  });
}
