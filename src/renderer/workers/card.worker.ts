import { contactBounds, pictureSchema } from '#shared/people/contacts.ts';
import '../zodConfig.ts';
import { squarePicture } from '../contacts/contactPicture.ts';
import { CardReader } from '../contacts/CardReader.ts';
import { imageSize } from '../contacts/imageSize.ts';
import { pictureRules } from '../contacts/pictureRules.ts';
import type { CardPhoto } from '../contacts/readCard.ts';
import { writeCard } from '../contacts/writeCard.ts';
import { answerQuestions } from './answerQuestions.ts';
import type { CardAnswer, CardQuestion } from './cardMessages.ts';

/** The photo as the address book keeps pictures; undefined: it is none that can be used. */
async function pictureOf({ mediaType, base64 }: CardPhoto): Promise<string | undefined> {
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
  const size = imageSize(bytes);
  if (size === undefined || size.width * size.height > pictureRules.pixels) {
    return undefined;
  }
  // A picture that this app wrote goes back as it is: encoding it again would blur it.
  const url = `data:${mediaType};base64,${base64}`;
  const { pictureSize } = contactBounds;
  if (Math.max(size.width, size.height) <= pictureSize && pictureSchema.safeParse(url).success) {
    return url;
  }
  try {
    const bitmap = await createImageBitmap(new Blob([bytes]));
    try {
      return await squarePicture(bitmap);
    } finally {
      bitmap.close();
    }
  } catch {
    return undefined;
  }
}

let reader: CardReader | undefined;

answerQuestions(async (question: CardQuestion): Promise<CardAnswer> => {
  switch (question.what) {
    case 'open':
      reader = new CardReader(question.file, pictureOf);
      return { opened: true };
    case 'next':
      if (reader === undefined) {
        throw new Error('no file is open');
      }
      return reader.next();
    case 'write':
      return { text: question.contacts.map(writeCard).join('') };
  }
});
