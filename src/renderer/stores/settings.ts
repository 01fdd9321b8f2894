import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import type { Locale, Settings, SettingsPatch } from '#shared/settings.ts';
import { useStorePorts } from './ports.ts';

/** The settings file as main holds it. A change shows at once and is taken back if it cannot be written. */
export const useSettingsStore = defineStore('settings', () => {
  const { bridge, engine, info, log } = useStorePorts();
  const settings = shallowRef<Settings>(info.settings);
  /** Why the last change was not kept; null when it was. */
  const problem = shallowRef<ErrorCode | null>(null);

  const locale = computed<Locale>(() =>
    settings.value.locale === 'system' ? info.systemLocale : settings.value.locale,
  );

  function apply(next: Settings): void {
    settings.value = next;
    engine.setNetwork(next.network);
    engine.setRingSeconds(next.ringSeconds);
  }

  bridge.onSettingsChanged(apply);
  apply(info.settings);

  async function update(patch: SettingsPatch): Promise<boolean> {
    const result = await bridge.settingsUpdate(patch);
    if (!result.ok) {
      log.warn('settings not kept', { code: result.error.code });
      problem.value = result.error.code;
      return false;
    }
    problem.value = null;
    apply(result.value);
    return true;
  }

  return { settings, locale, problem, update };
});
