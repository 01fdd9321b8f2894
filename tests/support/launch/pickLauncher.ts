import { chromiumLauncher } from './chromiumLauncher.ts';
import { electronLauncher } from './electronLauncher.ts';
import type { Launcher } from './Launcher.ts';

let picked: Promise<Launcher> | undefined;

/**
 * Electron where its binary is, else chromium-shell; PEERLINE_LAUNCHER names one of them instead. Says
 * which, once for each process, because that decides what a green run has proved.
 */
export async function pickLauncher(): Promise<Launcher> {
  picked ??= pick(process.env.PEERLINE_LAUNCHER);
  return picked;
}

async function pick(wanted: string | undefined): Promise<Launcher> {
  const launchers = [electronLauncher, chromiumLauncher()];
  const candidates = launchers.filter(({ name }) => wanted === undefined || name === wanted);
  const reasons: string[] = [];
  for (const launcher of candidates) {
    const availability = await launcher.available();
    if (availability.available) {
      console.log(`Launcher: ${launcher.name}`);
      return launcher;
    }
    reasons.push(`${launcher.name}: ${availability.reason}`);
  }
  throw new Error(
    `no launcher can start the app. ${reasons.join(' ') || `There is none named ${wanted ?? ''}.`}`,
  );
}
