import { ref, type Ref } from 'vue';
import { formatPeerId } from '#shared/identity/peerId.ts';
import { formatPeerLink, serverInText } from '#shared/people/links.ts';
import { meaningOfQr, type QrMeaning } from '../contacts/qrText.ts';
import type { CodeResult } from './useImages.ts';

type Translate = (key: string, values?: Record<string, string>) => string;

/**
 * Reads QR codes from pictures and from the camera, one at a time: what was begun last takes the place of what
 * is under way, which then has nothing to say any more.
 */
export function useQrReading(options: {
  readonly codeInFile: (file: Blob) => Promise<CodeResult>;
  /** Gets what a person could have typed: an id, or a link where a server belongs to it. */
  readonly found: (text: string) => void;
  readonly t: Translate;
}): {
  /** The camera is wanted. */
  readonly scanning: Readonly<Ref<boolean>>;
  /** A picture is being read. */
  readonly reading: Readonly<Ref<boolean>>;
  /** What the last code or picture came to where it was no id, as a sentence; else empty. */
  readonly said: Readonly<Ref<string>>;
  readonly scan: () => void;
  readonly readPicture: (file: Blob) => Promise<void>;
  /** Takes what a code says; false: it is about something else, which is said. */
  readonly takeCode: (code: string) => boolean;
  /** Puts camera and pictures away. */
  readonly stop: () => void;
} {
  const { codeInFile, found, t } = options;
  const scanning = ref(false);
  const reading = ref(false);
  const said = ref('');
  let turn = 0;

  function stop(): void {
    turn += 1;
    scanning.value = false;
    reading.value = false;
    said.value = '';
  }

  function otherThanId(meaning: Exclude<QrMeaning, { kind: 'id' }>): string {
    if (meaning.kind === 'wrongId') {
      return t('contacts.qrWrongId');
    }
    return meaning.text === '' ? t('contacts.qrBlank') : t('contacts.qrOther', { text: meaning.text });
  }

  function takeCode(code: string): boolean {
    const meaning = meaningOfQr(code);
    if (meaning.kind !== 'id') {
      said.value = otherThanId(meaning);
      return false;
    }
    const { id } = meaning;
    const server = serverInText(code, id);
    if (!server.ok) {
      said.value = t('dial.hint.wrongServer');
      return false;
    }
    stop();
    found(server.value === null ? formatPeerId(id) : formatPeerLink({ id, server: server.value }));
    return true;
  }

  async function readPicture(file: Blob): Promise<void> {
    stop();
    const mine = turn;
    reading.value = true;
    const result = await codeInFile(file);
    if (turn !== mine) {
      return;
    }
    reading.value = false;
    if ('problem' in result) {
      said.value = t(`picture.problem.${result.problem}`);
    } else if (result.code === null) {
      said.value = t('contacts.qrNone');
    } else {
      takeCode(result.code);
    }
  }

  function scan(): void {
    stop();
    scanning.value = true;
  }

  return { scanning, reading, said, scan, readPicture, takeCode, stop };
}
