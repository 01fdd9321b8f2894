import type { IceCandidate } from '#shared/call/messages.ts';
import { maxCandidates } from './sdpRules.ts';

interface Candidate {
  readonly generation: number;
  readonly candidate: IceCandidate | null;
}

/** Candidates that wait, of all generations together. */
const maxEarly = 2 * maxCandidates;

/**
 * Which of the peer's candidates are used: those of the description in force, at most `maxCandidates` of one
 * generation. What comes before its description waits for it, because adding it then throws.
 */
export class RemoteCandidates {
  #early: Candidate[] = [];
  #counted = { generation: -1, count: 0 };

  /** Counts one in; false: it is of an older generation than one that was counted, or too many. */
  admits(generation: number): boolean {
    const { generation: latest, count } = this.#counted;
    if (generation > latest) {
      this.#counted = { generation, count: 1 };
      return true;
    }
    if (generation < latest || count >= maxCandidates) {
      return false;
    }
    this.#counted = { generation, count: count + 1 };
    return true;
  }

  /** Keeps one for the description of its generation. */
  keep(generation: number, candidate: IceCandidate | null): void {
    if (this.#early.length < maxEarly) {
      this.#early.push({ generation, candidate });
    }
  }

  /** What waited for the description of this generation; what is older is forgotten. */
  takeFor(generation: number): readonly (IceCandidate | null)[] {
    const waited = this.#early.filter((entry) => entry.generation === generation);
    this.#early = this.#early.filter((entry) => entry.generation > generation);
    return waited.map(({ candidate }) => candidate);
  }
}
