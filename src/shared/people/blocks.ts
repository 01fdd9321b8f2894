import { z } from 'zod';
import { peerIdSchema } from '../identity/peerId.ts';

/** That somebody was blocked, or let in again, as the own devices tell each other. */
export const blockChangeSchema = z.object({
  id: peerIdSchema,
  blocked: z.boolean(),
  /**
   * The later of two changes of one id counts. Milliseconds since the epoch by the clock of the device that made it,
   * but always above every change that it knew, so that a clock that is wrong does not make one last for ever. Below
   * every clock, from 0, for a block out of a backup.
   */
  at: z.int().nonnegative(),
});
export type BlockChange = z.infer<typeof blockChangeSchema>;
