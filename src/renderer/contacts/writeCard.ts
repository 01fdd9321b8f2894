import {
  ExtendedProperty,
  FNProperty,
  IMPPProperty,
  NoteProperty,
  PhotoProperty,
  TextType,
  URIType,
  VCARD,
} from 'vcard4';
import { peerLink, type PeerId } from '#shared/identity/peerId.ts';

/** What a card tells of a contact. */
export interface CardFacts {
  readonly id: PeerId;
  readonly name: string;
  readonly note: string;
  readonly favourite: boolean;
  /** A data URL. */
  readonly picture: string | null;
}

/** One contact as vCard 4 (RFC 6350), with the id as an address for instant messages. */
export function writeCard({ id, name, note, favourite, picture }: CardFacts): string {
  return new VCARD([
    new FNProperty([], new TextType(name)),
    new IMPPProperty([], new URIType(peerLink(id))),
    ...(note === '' ? [] : [new NoteProperty([], new TextType(note))]),
    ...(favourite ? [new ExtendedProperty('X-PEERLINE-FAVOURITE', [], new TextType('1'))] : []),
    ...(picture === null ? [] : [new PhotoProperty([], new URIType(picture))]),
  ]).repr();
}
