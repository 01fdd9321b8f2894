import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowser } from '../../scripts/support/browser.ts';
import { steadySpeech } from './speech.ts';

/** The installed browser, with steady speech at its microphone, which takes the certificate of the relays. */
export async function labBrowser(folder: string, certificate: string): Promise<string> {
  const sound = join(folder, 'speech.wav');
  writeFileSync(sound, steadySpeech());
  const { publicKey } = new X509Certificate(readFileSync(certificate));
  const key = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
  const wrapper = join(folder, 'browser');
  const switches = `--ignore-certificate-errors-spki-list=${key} --use-file-for-fake-audio-capture=${sound}`;
  writeFileSync(wrapper, `#!/bin/sh\nexec "${await ensureBrowser()}" ${switches} "$@"\n`, { mode: 0o755 });
  return wrapper;
}
