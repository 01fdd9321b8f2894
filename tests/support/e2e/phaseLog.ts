import type { PeerWindow } from './PeerWindow.ts';

/** A phase that a window has shown, and from when on, milliseconds since the epoch. */
export interface NotedPhase {
  readonly phase: string;
  readonly at: number;
}

/**
 * Source text that runs before the app's: notes every phase of a call that the window shows. All windows run
 * on one computer, so that the times of two of them can be compared.
 */
export const notePhases = `(() => {
  const phases = [];
  Object.defineProperty(globalThis, '__phases', { value: phases });
  const note = () => {
    const phase = document.querySelector('[data-testid="call-view"]')?.dataset.phase;
    if (phase !== undefined && phase !== phases.at(-1)?.phase) phases.push({ phase, at: Date.now() });
  };
  new MutationObserver(note).observe(document, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['data-phase'],
  });
})();`;

/** Forgets what was noted so far. */
export const forgetPhases = async (window: PeerWindow): Promise<void> =>
  window.page.evaluate(() => {
    (globalThis as unknown as { __phases: unknown[] }).__phases.length = 0;
  });

/** The phases since `forgetPhases`, oldest first. */
export const notedPhases = async (window: PeerWindow): Promise<readonly NotedPhase[]> =>
  window.page.evaluate(() => (globalThis as unknown as { __phases: NotedPhase[] }).__phases);
