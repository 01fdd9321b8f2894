import { inject, markRaw, shallowRef, type InjectionKey, type ShallowRef } from 'vue';
import type { Unsubscribe } from '#shared/emitter.ts';
import type { EngineEvents } from '../engine/types.ts';

/**
 * The live streams. They are no state: they stay out of stores and of reactive proxies, which break
 * media objects.
 */
export interface MediaHandles {
  readonly localVideo: Readonly<ShallowRef<MediaStream | null>>;
  readonly remoteStream: Readonly<ShallowRef<MediaStream | null>>;
}

interface StreamSource {
  on<K extends 'localVideo' | 'remoteStream'>(
    event: K,
    listener: (payload: EngineEvents[K]) => void,
  ): Unsubscribe;
}

const raw = (stream: MediaStream | null) => (stream === null ? null : markRaw(stream));

export function createMediaHandles(source: StreamSource): MediaHandles {
  const localVideo = shallowRef<MediaStream | null>(null);
  const remoteStream = shallowRef<MediaStream | null>(null);
  source.on('localVideo', (stream) => {
    localVideo.value = raw(stream);
  });
  source.on('remoteStream', (stream) => {
    remoteStream.value = raw(stream);
  });
  return { localVideo, remoteStream };
}

export const mediaHandlesKey: InjectionKey<MediaHandles> = Symbol('media handles');

export function useMediaHandles(): MediaHandles {
  const handles = inject(mediaHandlesKey);
  if (handles === undefined) {
    throw new Error('the composition root provides the media handles');
  }
  return handles;
}
