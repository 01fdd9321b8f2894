import { createCodec } from '../codec.ts';
import { installPermissions } from './permissions.ts';
import type { PreloadSettings } from './preload.ts';
import { installPreload } from './preload.ts';
import { installWindowRules } from './windows.ts';

export interface PageScriptOptions {
  readonly binding: string;
  /** CommonJS text of the window's preload, or undefined where it has none. */
  readonly preload: { readonly source: string; readonly settings: PreloadSettings } | undefined;
}

/**
 * The text that runs in every frame before its own scripts. The functions are sent as their own source;
 * the preload's text is inlined, not evaluated, so that the page's content security policy cannot stop it.
 */
export function pageScript({ binding, preload }: PageScriptOptions): string {
  const parts = [
    `const binding = globalThis[${JSON.stringify(binding)}];`,
    `delete globalThis[${JSON.stringify(binding)}];`,
    `if (typeof binding !== 'function' || !/^(https?|data|file|blob):$/.test(location.protocol)) return;`,
    `const call = async (kind, data) => JSON.parse(await binding(JSON.stringify({ kind, data })));`,
    `(${installPermissions.toString()})(call);`,
    `(${installWindowRules.toString()})(call);`,
  ];
  if (preload !== undefined) {
    parts.push(
      `if (window.top !== window) return;`,
      `const codec = (${createCodec.toString()})();`,
      `const run = function (require, module, exports, process) {\n${preload.source}\n};`,
      `(${installPreload.toString()})(call, codec, ${JSON.stringify(preload.settings)}, run);`,
    );
  }
  return `(() => {\n${parts.join('\n')}\n})();`;
}
