import { parseArgs } from 'node:util';
import { resolve } from 'node:path';

/** How the shell itself runs; everything else on the command line belongs to the app. */
export interface ShellOptions {
  readonly appDir: string;
  /** Undefined: whatever is installed. */
  readonly browser: string | undefined;
  readonly headless: boolean;
  /** The DevTools endpoint is written here, for somebody who attaches by hand. */
  readonly portFile: string | undefined;
  /** Fake cameras; undefined means the real devices of the machine. */
  readonly fakeCameras: number | undefined;
  /** Runs before any script of any page. */
  readonly initScript: string | undefined;
  readonly locale: string | undefined;
  readonly dark: boolean;
  readonly viewport: { readonly width: number; readonly height: number } | undefined;
  /** With a keychain `safeStorage` encrypts; without one it says that it cannot. */
  readonly keychain: boolean;
  readonly appArgs: readonly string[];
}

/** What a launcher passes in the environment variable CHROMIUM_SHELL_OPTIONS, as JSON. */
export interface LauncherSettings {
  readonly browser?: string;
  readonly fakeCameras?: number;
  readonly initScript?: string;
  readonly locale?: string;
  readonly dark?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
}

const OWN = {
  app: { type: 'string' },
  browser: { type: 'string' },
  headless: { type: 'boolean' },
  'shell-port-file': { type: 'string' },
  'fake-cameras': { type: 'string' },
} as const;

export function readOptions(argv: readonly string[], env: NodeJS.ProcessEnv): ShellOptions {
  const { tokens } = parseArgs({ args: [...argv], options: OWN, strict: false, tokens: true });
  const own = new Map<string, string>();
  const taken = new Set<number>();
  for (const token of tokens) {
    if (token.kind === 'option' && token.name in OWN && !own.has(token.name)) {
      own.set(token.name, token.value ?? 'true');
      taken.add(token.index);
      if (token.value !== undefined && !token.inlineValue) {
        taken.add(token.index + 1);
      }
    }
  }
  // The launcher is part of this repository and writes exactly LauncherSettings.
  const settings = JSON.parse(env.CHROMIUM_SHELL_OPTIONS ?? '{}') as LauncherSettings;
  const app = own.get('app');
  const browser = own.get('browser') ?? settings.browser ?? env.PEERLINE_BROWSER;
  if (app === undefined) {
    throw new Error(
      'usage: main.ts --app DIR [--browser PATH] [--headless] [--shell-port-file FILE] [app arguments]',
    );
  }
  const cameras = own.get('fake-cameras');
  const headed =
    env.DISPLAY !== undefined || env.WAYLAND_DISPLAY !== undefined || process.platform !== 'linux';
  return {
    appDir: resolve(app),
    browser,
    headless: own.has('headless') || !headed,
    portFile: own.get('shell-port-file'),
    fakeCameras: cameras === undefined ? settings.fakeCameras : Number(cameras),
    initScript: settings.initScript,
    locale: settings.locale,
    dark: settings.dark ?? false,
    viewport: settings.viewport,
    keychain: env.CHROMIUM_SHELL_KEYCHAIN === '1',
    appArgs: argv.filter((_, index) => !taken.has(index)),
  };
}
