import { serverUrlSchema } from '#shared/settings.ts';

export interface CliOptions {
  /** Undefined: the default profile. */
  readonly profile: string | undefined;
  /** Overrides the signaling server of the settings for this run. */
  readonly server: string | undefined;
  readonly help: boolean;
  /** A `peerline:` link that the system wants opened, as it came: anybody may have written it. */
  readonly link: string | undefined;
}

export type CliResult =
  | { readonly ok: true; readonly options: CliOptions }
  /** `problem`: one sentence for stderr. */
  | { readonly ok: false; readonly problem: string };

export const usage = `Peerline

  --profile NAME   keep identity and settings apart under this name, so that a second
                   instance can run beside the first (letters, digits, - and _; at most 32)
  --server URL     use this signaling server (ws:// or wss://) for this run
  --help           show this
  peerline:ID      ask whether to call ID; peerline:ID?server=wss://... names its server too

Environment: PEERLINE_DATA_DIR, where profiles are kept; PEERLINE_LOG_LEVEL, one of debug,
info, warn, error.`;

const profileName = /^[A-Za-z0-9_-]{1,32}$/;

/** Names that Windows reserves for devices, whatever the folder. */
const reservedName = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;

/**
 * Reads our own options and ignores everything else: Chromium, Electron and the operating system add
 * arguments of their own. `--name value` and `--name=value` are the same; the last one counts; `--` ends.
 * A link counts wherever it stands: the system adds it at the end, on Windows after `--`.
 */
export function parseCli(argv: readonly string[]): CliResult {
  let profile: string | undefined;
  let server: string | undefined;
  let help = false;
  let link: string | undefined;
  const end = argv.indexOf('--');
  const args = end === -1 ? argv : argv.slice(0, end);
  for (let index = 0; index < args.length; index++) {
    const [name, inline] = splitOption(args[index] ?? '');
    if (name === '--help') {
      help = true;
    } else if (name === '--profile' || name === '--server') {
      const value = inline ?? args[++index];
      if (value === undefined || value === '' || (inline === undefined && value.startsWith('--'))) {
        return { ok: false, problem: `${name} needs a value` };
      }
      if (name === '--profile') {
        profile = value;
      } else {
        server = value;
      }
    } else {
      link = looksLikeLink(name) ? args[index] : link;
    }
  }
  link = argv.slice(args.length).findLast(looksLikeLink) ?? link;
  if (profile !== undefined && (!profileName.test(profile) || reservedName.test(profile))) {
    return { ok: false, problem: '--profile takes letters, digits, - and _, at most 32 of them' };
  }
  if (server !== undefined && !(serverUrlSchema.safeParse(server).success && URL.canParse(server))) {
    return { ok: false, problem: '--server takes an address such as wss://signal.example.org' };
  }
  return { ok: true, options: { profile, server, help, link } };
}

/** Arguments for another start of the same app, which is not to ask about a link again. */
export const withoutLinks = (args: readonly string[]): readonly string[] =>
  args.filter((arg) => !looksLikeLink(arg));

const looksLikeLink = (arg: string): boolean => /^peerline:/i.test(arg);

function splitOption(arg: string): readonly [string, string | undefined] {
  const equals = arg.indexOf('=');
  return arg.startsWith('--') && equals !== -1
    ? [arg.slice(0, equals), arg.slice(equals + 1)]
    : [arg, undefined];
}
