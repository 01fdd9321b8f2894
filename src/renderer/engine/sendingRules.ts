import type { Settings } from '#shared/settings.ts';
import type { VideoStep } from './videoPolicy.ts';

/** What a sender is told besides its track. Sound goes before the picture, also in the queues of the network. */

/** Somebody who talks is seen to move rather than to be sharp; the steps below decide about the size. */
const cameraPreference: RTCDegradationPreference = 'maintain-framerate';

/** What a camera shows is people, who move. */
export const cameraHint = 'motion';

/** The parameters of the sender of the picture at a step; without encodings there is nothing to say yet. */
export function pictureParameters(
  parameters: RTCRtpSendParameters,
  { name, maxKbps, scale, maxFps }: VideoStep,
): RTCRtpSendParameters {
  const encodings = parameters.encodings.map((encoding) => ({
    ...encoding,
    active: name !== 'off',
    priority: 'low' as const,
    networkPriority: 'low' as const,
    scaleResolutionDownBy: scale,
    maxFramerate: maxFps,
    ...(name === 'off' ? {} : { maxBitrate: maxKbps * 1_000 }),
  }));
  return { ...parameters, encodings, degradationPreference: cameraPreference };
}

export const soundParameters = (parameters: RTCRtpSendParameters): RTCRtpSendParameters => ({
  ...parameters,
  encodings: parameters.encodings.map((encoding) => ({
    ...encoding,
    priority: 'high' as const,
    networkPriority: 'high' as const,
  })),
});

type Codec = Pick<RTCRtpCodec, 'mimeType'>;

/**
 * The codecs of the browser with the preferred ones first, in their order; all others, among them the ones that
 * repair losses, keep theirs.
 */
export function orderedCodecs<T extends Codec>(
  codecs: readonly T[],
  preferred: Settings['network']['videoCodecs'],
): readonly T[] {
  const place = ({ mimeType }: Codec): number => {
    const at = preferred.findIndex((name) => mimeType.toLowerCase() === `video/${name.toLowerCase()}`);
    return at < 0 ? preferred.length : at;
  };
  return [...codecs].sort((a, b) => place(a) - place(b));
}
