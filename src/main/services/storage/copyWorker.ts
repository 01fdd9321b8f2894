import { workerData } from 'node:worker_threads';
import { z } from 'zod';
import { copyDatabase } from './copyDatabase.ts';

/** A thread of its own: a copy of a long history takes longer than main may stand still. */
const { source, target } = z.object({ source: z.string(), target: z.string() }).parse(workerData);

copyDatabase(source, target);
