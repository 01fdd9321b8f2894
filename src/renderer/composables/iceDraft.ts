import { iceServerSchema, type IceServer } from '#shared/settings.ts';

/** An ICE server as it is being edited: the addresses in one text. */
export interface IceDraft {
  readonly urls: string;
  readonly username: string;
  readonly credential: string;
}

export const maxIceServers = 16;

export const emptyIceDraft: IceDraft = { urls: '', username: '', credential: '' };

export const toIceDraft = (server: IceServer): IceDraft => ({
  urls: server.urls.join(' '),
  username: server.username ?? '',
  credential: server.credential ?? '',
});

function parse(draft: IceDraft) {
  const urls = draft.urls.split(/[\s,;]+/).filter((url) => url !== '');
  return iceServerSchema.safeParse({
    urls,
    ...(draft.username === '' ? {} : { username: draft.username }),
    ...(draft.credential === '' ? {} : { credential: draft.credential }),
  });
}

/** The server a draft describes; undefined while it cannot be used. */
export const fromIceDraft = (draft: IceDraft): IceServer | undefined => parse(draft).data;

/** What keeps a draft from being used; undefined when nothing does. */
export function iceProblem(draft: IceDraft): 'address' | 'credentials' | undefined {
  const { error } = parse(draft);
  if (error === undefined) {
    return undefined;
  }
  return error.issues.some(({ path }) => path[0] === 'urls') ? 'address' : 'credentials';
}
