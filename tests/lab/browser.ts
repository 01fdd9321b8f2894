import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowser } from '../../scripts/support/browser.ts';

const SAMPLE_RATE = 48_000;
const SECONDS = 4;

/**
 * A chord without a pause, as a WAV file: Chromium's own fake microphone beeps once a second, and between the
 * beeps a gap in what is heard could not be told from silence.
 */
function steadySound(): Buffer {
  const samples = Buffer.alloc(SAMPLE_RATE * SECONDS * 2);
  for (let at = 0; at < SAMPLE_RATE * SECONDS; at += 1) {
    // Whole numbers of waves in the file, so that it can begin again without a click.
    const wave = (hertz: number): number => Math.sin((2 * Math.PI * hertz * at) / SAMPLE_RATE);
    samples.writeInt16LE(Math.round(4_000 * (wave(220) + wave(331) + wave(1_250))), at * 2);
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** The installed browser, with a steady sound as its microphone, which takes the certificate of the relays. */
export async function labBrowser(folder: string, certificate: string): Promise<string> {
  const sound = join(folder, 'sound.wav');
  writeFileSync(sound, steadySound());
  const { publicKey } = new X509Certificate(readFileSync(certificate));
  const key = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
  const wrapper = join(folder, 'browser');
  const switches = `--ignore-certificate-errors-spki-list=${key} --use-file-for-fake-audio-capture=${sound}`;
  writeFileSync(wrapper, `#!/bin/sh\nexec "${await ensureBrowser()}" ${switches} "$@"\n`, { mode: 0o755 });
  return wrapper;
}
