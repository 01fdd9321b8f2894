// The bundler finds a worker by this very expression, so each stands here in full.

/** The readings of Chinese characters; its dictionary is larger than the rest of the app. */
export const startPinyinWorker = (): Worker =>
  new Worker(new URL('./pinyin.worker.ts', import.meta.url), { type: 'module', name: 'pinyin' });

/** Decodes pictures: for QR codes, and to make contact pictures of them. */
export const startImageWorker = (): Worker =>
  new Worker(new URL('./image.worker.ts', import.meta.url), { type: 'module', name: 'image' });

/** Reads and writes vCard files. */
export const startCardWorker = (): Worker =>
  new Worker(new URL('./card.worker.ts', import.meta.url), { type: 'module', name: 'card' });
