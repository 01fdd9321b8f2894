/**
 * Kilobits a second that the sender assumes before it has measured. Chromium assumes 300, drops the first
 * frames of a 720p camera because they do not fit, and then starts at 320 x 180: with 1,000 the first frame
 * is there in half the time, at full size, and congestion control takes over within a second.
 */
const startKbps = 1_000;

const videoCodec = /^a=rtpmap:(\d+) (?:VP8|VP9|H264|H265|AV1)\/90000\r?$/gim;

/**
 * Puts Chromium's own `x-google-start-bitrate` into the video codecs of a remote description, which is where
 * a sender reads it. Other sections and other implementations are not affected.
 */
export function withStartBitrate(sdp: string): string {
  return sdp.replace(/^m=video [\s\S]*?(?=^m=|(?![\s\S]))/gm, (section) =>
    [...section.matchAll(videoCodec)].reduce((text, [map, payload]) => {
      const parameters = new RegExp(`^(a=fmtp:${payload ?? ''} [^\\r\\n]*)`, 'm');
      const setting = `x-google-start-bitrate=${startKbps}`;
      return parameters.test(text)
        ? text.replace(parameters, `$1;${setting}`)
        : text.replace(map, `${map}\na=fmtp:${payload ?? ''} ${setting}${map.endsWith('\r') ? '\r' : ''}`);
    }, section),
  );
}
