import { inject, type InjectionKey } from 'vue';
import type { PeerId } from '#shared/identity/peerId.ts';
import { briefPeerId, inSentence } from './display.ts';

/** Who is behind an id, as far as this window knows; both are reactive. */
export interface People {
  /** Undefined: a stranger. */
  nameOf(id: PeerId): string | undefined;
  /** A data URL; null: none, or not here yet. */
  pictureOf(id: PeerId): string | null;
  /** True as long as somebody has to ask for the picture. */
  pictureMissing(id: PeerId): boolean;
  wantPicture(id: PeerId): unknown;
}

/** Provided by what mounts a window: the address book, or what main says about the one call it shows. */
export const peopleKey: InjectionKey<People> = Symbol('people');

const nobody: People = {
  nameOf: () => undefined,
  pictureOf: () => null,
  pictureMissing: () => false,
  wantPicture: () => undefined,
};

export const usePeople = (): People => inject(peopleKey, nobody);

/** The name, or a short form of the id, for a sentence or a label. */
export function calledBy(people: Pick<People, 'nameOf'>, id: PeerId): string {
  const name = people.nameOf(id);
  return name === undefined ? briefPeerId(id) : inSentence(name);
}
