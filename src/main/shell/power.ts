import { powerMonitor } from 'electron';

/** The computer wakes up: whatever was connected before has had no word from outside since. */
export function onWake(listener: () => void): void {
  powerMonitor.on('resume', listener);
}
