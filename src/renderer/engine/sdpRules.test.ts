import { describe, expect, it } from 'vitest';
import {
  maxCandidates,
  mediaOf,
  relayedCandidate,
  relayedOnly,
  withFewCandidates,
  withOpusDtx,
} from './sdpRules.ts';

const candidate = (text: string) => ({
  candidate: text,
  sdpMid: '0',
  sdpMLineIndex: 0,
  usernameFragment: 'u',
});

const host = 'candidate:1 1 udp 2122260223 192.168.1.7 50000 typ host generation 0 ufrag u';
const reflexive =
  'candidate:2 1 udp 1686052607 198.51.100.4 50001 typ srflx raddr 192.168.1.7 rport 50000 generation 0';
const relayed =
  'candidate:3 1 udp 41885695 203.0.113.10 50002 typ relay raddr 198.51.100.4 rport 50001 generation 0';

const description = {
  type: 'offer',
  sdp: [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    'm=audio 50001 UDP/TLS/RTP/SAVPF 111',
    'c=IN IP4 198.51.100.4',
    'a=rtcp:50001 IN IP6 2001:db8::7',
    `a=${host}`,
    `a=${reflexive}`,
    `a=${relayed}`,
    'm=video 0 UDP/TLS/RTP/SAVPF 96',
    'c=IN IP6 2001:db8::7',
    'a=bundle-only',
    '',
  ].join('\r\n'),
} as const;

describe('what leaves through relays alone', () => {
  it('is a description with the candidates of relays, and no other address', () => {
    const { sdp } = relayedOnly(description);
    expect(sdp.match(/^a=candidate.*$/gm)?.map((line) => line.trim())).toEqual([
      'a=candidate:3 1 udp 41885695 203.0.113.10 50002 typ relay raddr 0.0.0.0 rport 0 generation 0',
    ]);
    for (const address of ['192.168.1.7', '198.51.100.4', '2001:db8::7', '50000', '50001']) {
      expect(sdp).not.toContain(address);
    }
  });

  it('is otherwise the same description', () => {
    const lines = relayedOnly(description).sdp.split('\r\n');
    expect(lines).toContain('m=audio 9 UDP/TLS/RTP/SAVPF 111');
    expect(lines).toContain('m=video 0 UDP/TLS/RTP/SAVPF 96');
    expect(lines).toContain('o=- 1 2 IN IP4 127.0.0.1');
    expect(lines.at(-1)).toBe('');
  });

  it.each([host, reflexive, `${host} typ relayed`, ''])('is no candidate like %j', (text) => {
    expect(relayedCandidate(candidate(text))).toBeUndefined();
  });

  it('is the candidate of a relay, without the address behind it', () => {
    const sent = relayedCandidate(candidate(relayed))?.candidate;
    expect(sent).toContain('203.0.113.10 50002 typ relay');
    expect(sent).not.toContain('198.51.100.4');
  });
});

it('keeps as many candidates of a description as a generation may have', () => {
  const sdp = `v=0\r\n${`a=${host}\r\n`.repeat(400)}a=end\r\n`;
  const kept = withFewCandidates(sdp);
  expect(kept.match(/^a=candidate/gm)).toHaveLength(maxCandidates);
  expect(kept.endsWith('a=end\r\n')).toBe(true);
});

describe('the media of a description', () => {
  const sections = (...lines: string[]) => `v=0\r\n${lines.map((line) => `${line}\r\n`).join('')}`;

  it.each<[string, string, string | undefined]>([
    ['sound and picture', sections('m=audio 9 x 1', 'm=video 9 x 1'), 'audio,video'],
    ['sound alone', sections('m=audio 9 x 1'), 'audio'],
    ['a section in a bundle', description.sdp, 'audio,video'],
    ['none', 'v=0\r\n', undefined],
    ['no description', 'nonsense', undefined],
    ['a kind twice', sections('m=audio 9 x 1', 'm=video 9 x 1', 'm=video 9 x 1'), undefined],
    ['another kind', sections('m=audio 9 x 1', 'm=application 9 x 1'), undefined],
    ['a section that is refused', sections('m=audio 0 x 1', 'm=video 9 x 1'), undefined],
  ])('%s', (_name, sdp, media) => {
    expect(mediaOf(sdp)).toBe(media);
  });
});

describe('Opus', () => {
  const opus = (parameters: string) =>
    `m=audio 9 X 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 ${parameters}\r\na=fmtp:96 x=1\r\n`;

  it('may be silent when nobody talks', () => {
    expect(withOpusDtx(opus('minptime=10;useinbandfec=1'))).toBe(opus('minptime=10;useinbandfec=1;usedtx=1'));
  });

  it('keeps what the peer says of it', () => {
    expect(withOpusDtx(opus('usedtx=0'))).toBe(opus('usedtx=0'));
    expect(withOpusDtx('m=video 9 X 96')).toBe('m=video 9 X 96');
  });
});
