import { ok } from '#shared/result.ts';
import type { IdentityMover } from '../services/identity/IdentityMover.ts';
import type { CommandHandlers } from '../shell/ipcHost.ts';

/** Taking the identity to another computer, and bringing one here. */
export function createIdentityHandlers(parts: {
  readonly mover: IdentityMover;
}): Pick<CommandHandlers, 'identityPhrase' | 'identityBackup' | 'identityInspect' | 'identityRestore'> {
  const { mover } = parts;
  return {
    identityPhrase: async () => ok(await mover.phrase()),
    identityBackup: async ({ passphrase }) => mover.backup(passphrase),
    identityInspect: async (source) => mover.inspect(source),
    identityRestore: async (source) => mover.restore(source),
  };
}
