import { squarePicture } from '../contacts/contactPicture.ts';
import { decodingSize } from '../contacts/pictureRules.ts';
import { qrText } from '../contacts/qrText.ts';
import { answerQuestions } from './answerQuestions.ts';
import type { ImageAnswer, ImageQuestion } from './imageMessages.ts';

/** Longest sides that are tried for a photograph, pixels: codes that fill it, then small ones. */
const photoSides = [1_600, 4_000] as const;
const photoMs = 2_500;

/** A camera shows the next picture soon; none is worth more time than this. */
const frameSide = 1_280;
const frameMs = 60;

function codeIn(bitmap: ImageBitmap, longest: number, timeLimit: number): string | undefined {
  const { width, height } = decodingSize(bitmap, longest);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) {
    return undefined;
  }
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingEnabled = width <= bitmap.width;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, width, height);
  return qrText(context.getImageData(0, 0, width, height), timeLimit);
}

function codeInPhoto(bitmap: ImageBitmap): string | undefined {
  const [first, second] = photoSides;
  const code = codeIn(bitmap, first, photoMs);
  const worthMore = Math.max(bitmap.width, bitmap.height) > first;
  return code ?? (worthMore ? codeIn(bitmap, second, photoMs) : undefined);
}

async function decoded<T>(file: Blob, use: (bitmap: ImageBitmap) => T | Promise<T>): Promise<T | undefined> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return undefined;
  }
  try {
    return await use(bitmap);
  } finally {
    bitmap.close();
  }
}

answerQuestions(async (question: ImageQuestion): Promise<ImageAnswer> => {
  switch (question.what) {
    case 'picture': {
      const picture = await decoded(question.file, squarePicture);
      return picture === undefined ? { problem: 'unreadable' } : { picture };
    }
    case 'codeInFile': {
      const found = await decoded(question.file, (bitmap) => ({ code: codeInPhoto(bitmap) ?? null }));
      return found ?? { problem: 'unreadable' };
    }
    case 'codeInFrame': {
      const code = codeIn(question.frame, frameSide, frameMs) ?? null;
      question.frame.close();
      return { code };
    }
  }
});
