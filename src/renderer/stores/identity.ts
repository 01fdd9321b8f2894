import { defineStore } from 'pinia';
import { ref } from 'vue';
import type { CommandValue, IdentitySource } from '#shared/ipc/contract.ts';
import type { Result } from '#shared/result.ts';
import { useStorePorts } from './ports.ts';

/** Takes the identity to another computer, or one from there. Keeps nothing: no word and no passphrase stays here. */
export const useIdentityStore = defineStore('identity', () => {
  const { bridge, log } = useStorePorts();
  /** What main is busy with; a passphrase takes seconds. */
  const busy = ref(false);

  async function run<T>(what: string, command: () => Promise<Result<T>>): Promise<Result<T>> {
    busy.value = true;
    const result = await command();
    busy.value = false;
    if (!result.ok) {
      log.warn(what, { code: result.error.code });
    }
    return result;
  }

  return {
    busy,
    /** Null: the person did not agree in the dialog of the system. */
    phrase: async (): Promise<Result<string | null>> =>
      run('recovery phrase not shown', async () => bridge.identityPhrase({})),
    /** False: the person cancelled. */
    backup: async (passphrase: string): Promise<Result<boolean>> =>
      run('backup not saved', async () => bridge.identityBackup({ passphrase })),
    inspect: async (source: IdentitySource): Promise<Result<CommandValue<'identityInspect'>>> =>
      run('identity not read', async () => bridge.identityInspect(source)),
    /** False: the person did not agree in the dialog of the system. */
    restore: async (source: IdentitySource): Promise<Result<boolean>> =>
      run('identity not restored', async () => bridge.identityRestore(source)),
  };
});
