import { onScopeDispose } from 'vue';
import { pictureRules } from '../contacts/pictureRules.ts';
import type { ImageAnswer, ImageQuestion } from '../workers/imageMessages.ts';
import { startImageWorker } from '../workers/startWorkers.ts';
import { WorkerClient } from '../workers/WorkerClient.ts';

/** Keys under `picture.problem.` */
export type ImageProblem = 'tooLarge' | 'tooManyPixels' | 'unreadable';

export type PictureResult = { readonly picture: string } | { readonly problem: ImageProblem };
/** `code` is null where the picture holds no QR code. */
export type CodeResult = { readonly code: string | null } | { readonly problem: ImageProblem };

/** Width and height without decoding the pixels: an image element reads the head of the file first. */
async function pixelsOf(file: Blob): Promise<number | undefined> {
  const url = URL.createObjectURL(file);
  try {
    return await new Promise((resolve) => {
      const image = new Image();
      image.onload = () => resolve(image.naturalWidth * image.naturalHeight);
      image.onerror = () => resolve(undefined);
      image.src = url;
    });
  } finally {
    URL.revokeObjectURL(url);
  }
}

async function problemOf(file: Blob): Promise<ImageProblem | undefined> {
  if (file.size > pictureRules.fileBytes) {
    return 'tooLarge';
  }
  const pixels = await pixelsOf(file);
  return pixels === undefined ? 'unreadable' : pixels > pictureRules.pixels ? 'tooManyPixels' : undefined;
}

/** Pictures that somebody gives us, decoded beside the page; the worker ends with the component. */
export function useImages() {
  const worker = new WorkerClient<ImageQuestion, ImageAnswer>(startImageWorker);
  onScopeDispose(() => worker.close());

  async function ask(question: ImageQuestion, transfer: Transferable[] = []): Promise<ImageAnswer> {
    try {
      return await worker.ask(question, transfer);
    } catch {
      // Out of memory, or closed meanwhile.
      return { problem: 'unreadable' };
    }
  }

  return {
    /** The middle of the picture as the address book keeps it, a data URL. */
    async toPicture(file: Blob): Promise<PictureResult> {
      const problem = await problemOf(file);
      const answer = problem === undefined ? await ask({ what: 'picture', file }) : { problem };
      return 'code' in answer ? { problem: 'unreadable' } : answer;
    },
    /** The text of a QR code in a picture file. */
    async codeInFile(file: Blob): Promise<CodeResult> {
      const problem = await problemOf(file);
      const answer = problem === undefined ? await ask({ what: 'codeInFile', file }) : { problem };
      return 'picture' in answer ? { problem: 'unreadable' } : answer;
    },
    /** The text of a QR code in a picture of the camera, which is used up. */
    async codeInFrame(frame: ImageBitmap): Promise<string | null> {
      const answer = await ask({ what: 'codeInFrame', frame }, [frame]);
      return 'code' in answer ? answer.code : null;
    },
  };
}
