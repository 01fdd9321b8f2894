import { describe, expect, it } from 'vitest';
import { orderedCodecs, pictureParameters, soundParameters } from './sendingRules.ts';
import { videoSteps } from './videoPolicy.ts';

const parameters = (encodings: RTCRtpEncodingParameters[]): RTCRtpSendParameters => ({
  transactionId: 't',
  encodings,
  codecs: [],
  headerExtensions: [],
  rtcp: {},
});
const stepOf = (name: string) => {
  const step = videoSteps.find((candidate) => candidate.name === name);
  if (step === undefined) {
    throw new Error(name);
  }
  return step;
};

describe('the parameters of what is sent', () => {
  it('follow the step of the picture, and keep what belongs to the browser', () => {
    const made = pictureParameters(parameters([{ rid: 'r', active: true }]), stepOf('medium'));
    expect(made).toMatchObject({
      transactionId: 't',
      degradationPreference: 'maintain-framerate',
      encodings: [
        { rid: 'r', active: true, maxBitrate: 400_000, scaleResolutionDownBy: 2, maxFramerate: 24 },
      ],
    });
  });

  it('send nothing at the last step, and again at the one above', () => {
    const off = pictureParameters(parameters([{ active: true }]), stepOf('off'));
    expect(off.encodings).toMatchObject([{ active: false }]);
    expect(pictureParameters(off, stepOf('low')).encodings).toMatchObject([
      { active: true, maxBitrate: 150_000 },
    ]);
  });

  it('put sound before the picture', () => {
    const [sound] = soundParameters(parameters([{}])).encodings;
    const [picture] = pictureParameters(parameters([{}]), stepOf('full')).encodings;
    expect([sound?.priority, picture?.priority]).toEqual(['high', 'low']);
    expect([sound?.networkPriority, picture?.networkPriority]).toEqual(['high', 'low']);
  });

  it('are left alone before the browser has any', () => {
    expect(pictureParameters(parameters([]), stepOf('low')).encodings).toEqual([]);
  });
});

describe('the order of codecs', () => {
  const codecs = ['video/VP8', 'video/rtx', 'video/VP9', 'video/H264', 'video/red', 'video/AV1'].map(
    (mimeType) => ({ mimeType }),
  );
  const names = (preferred: Parameters<typeof orderedCodecs>[1]) =>
    orderedCodecs(codecs, preferred).map(({ mimeType }) => mimeType.slice(6));

  it('has the preferred ones first and loses none', () => {
    expect(names(['AV1', 'VP9'])).toEqual(['AV1', 'VP9', 'VP8', 'rtx', 'H264', 'red']);
  });

  it('is that of the browser without a preference', () => {
    expect(names([])).toEqual(codecs.map(({ mimeType }) => mimeType.slice(6)));
  });
});
