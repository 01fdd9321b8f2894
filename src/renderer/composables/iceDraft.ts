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

/** The server a draft describes; undefined while it cannot be used. */
export function fromIceDraft(draft: IceDraft): IceServer | undefined {
  const urls = draft.urls.split(/[\s,;]+/).filter((url) => url !== '');
  const parsed = iceServerSchema.safeParse({
    urls,
    ...(draft.username === '' ? {} : { username: draft.username }),
    ...(draft.credential === '' ? {} : { credential: draft.credential }),
  });
  return parsed.success ? parsed.data : undefined;
}
