import { expect, it } from 'vitest';
import { withStartBitrate } from './startBitrate.ts';

const lines = (...all: string[]): string => all.map((line) => `${line}\r\n`).join('');

it('adds the start bitrate to every video codec, with and without parameters, and to nothing else', () => {
  const sdp = lines(
    'v=0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=rtpmap:111 opus/48000/2',
    'a=fmtp:111 minptime=10',
    'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98',
    'a=rtpmap:96 VP8/90000',
    'a=rtpmap:97 rtx/90000',
    'a=fmtp:97 apt=96',
    'a=rtpmap:98 VP9/90000',
    'a=fmtp:98 profile-id=0',
  );
  expect(withStartBitrate(sdp)).toBe(
    lines(
      'v=0',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'a=rtpmap:111 opus/48000/2',
      'a=fmtp:111 minptime=10',
      'm=video 9 UDP/TLS/RTP/SAVPF 96 97 98',
      'a=rtpmap:96 VP8/90000',
      'a=fmtp:96 x-google-start-bitrate=1000',
      'a=rtpmap:97 rtx/90000',
      'a=fmtp:97 apt=96',
      'a=rtpmap:98 VP9/90000',
      'a=fmtp:98 profile-id=0;x-google-start-bitrate=1000',
    ),
  );
});

it('leaves text that is no description alone', () => {
  expect(withStartBitrate('nonsense')).toBe('nonsense');
});
