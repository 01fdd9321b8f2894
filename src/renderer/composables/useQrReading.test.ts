import { describe, expect, it } from 'vitest';
import { formatPeerId, peerLink } from '#shared/identity/peerId.ts';
import { formatPeerLink } from '#shared/people/links.ts';
import { personId } from '#tests/support/uiHarness/people.ts';
import type { CodeResult } from './useImages.ts';
import { useQrReading } from './useQrReading.ts';

const id = personId(1);
const picture = () => new Blob();

/** Pictures are read for as long as the test says. */
function setUp() {
  const answers: ((result: CodeResult) => void)[] = [];
  const found: string[] = [];
  const qr = useQrReading({
    codeInFile: async () => new Promise((resolve) => answers.push(resolve)),
    found: (text) => found.push(text),
    t: (key, values = {}) => [key, ...Object.values(values)].join(' '),
  });
  return { qr, answers, found };
}

describe('a picture with a QR code', () => {
  it.each([
    ['an id', peerLink(id), formatPeerId(id)],
    [
      'an id and its server',
      `peerline:${id}?server=wss://a.example`,
      formatPeerLink({ id, server: 'wss://a.example' }),
    ],
  ])('gives %s', async (_what, code, typed) => {
    const { qr, answers, found } = setUp();
    const reading = qr.readPicture(picture());
    expect(qr.reading.value).toBe(true);
    answers[0]?.({ code });
    await reading;
    expect(found).toEqual([typed]);
    expect(qr.reading.value).toBe(false);
  });

  it.each([
    [{ code: null }, 'contacts.qrNone'],
    [{ code: 'https://example.org/' }, 'contacts.qrOther https://example.org/'],
    [{ code: ' \u200b\n' }, 'contacts.qrBlank'],
    [{ code: 'peerline:00000-00000-00000-00000-00007' }, 'contacts.qrWrongId'],
    [{ code: `peerline:${id}?server=https://example.org` }, 'dial.hint.wrongServer'],
    [{ problem: 'tooManyPixels' }, 'picture.problem.tooManyPixels'],
  ] as const)('that comes to %j says so', async (result, said) => {
    const { qr, answers, found } = setUp();
    const reading = qr.readPicture(picture());
    answers[0]?.(result);
    await reading;
    expect(qr.said.value).toBe(said);
    expect(found).toEqual([]);
  });

  it('says nothing once a later one is read, whichever is done first', async () => {
    const { qr, answers, found } = setUp();
    const readings = [qr.readPicture(picture()), qr.readPicture(picture())];
    answers[1]?.({ code: null });
    await readings[1];
    answers[0]?.({ code: 'https://example.org/' });
    await readings[0];
    expect(qr.said.value).toBe('contacts.qrNone');
    const more = [qr.readPicture(picture()), qr.readPicture(picture())];
    answers[2]?.({ code: peerLink(id) });
    await more[0];
    expect(qr.reading.value).toBe(true);
    expect(found).toEqual([]);
  });

  it('says nothing once something was typed, or the camera is open', async () => {
    for (const later of ['stop', 'scan'] as const) {
      const { qr, answers, found } = setUp();
      const reading = qr.readPicture(picture());
      qr[later]();
      answers[0]?.({ code: peerLink(id) });
      await reading;
      expect(found).toEqual([]);
      expect(qr.said.value).toBe('');
    }
  });
});

describe('the camera', () => {
  it('goes on after a code about something else, and closes at an id', () => {
    const { qr, found } = setUp();
    qr.scan();
    expect(qr.takeCode('https://example.org/')).toBe(false);
    expect(qr.scanning.value).toBe(true);
    expect(qr.takeCode(peerLink(id))).toBe(true);
    expect(qr.scanning.value).toBe(false);
    expect(found).toEqual([formatPeerId(id)]);
  });

  it('gives way to a picture', () => {
    const { qr } = setUp();
    qr.scan();
    void qr.readPicture(picture());
    expect(qr.scanning.value).toBe(false);
  });
});
