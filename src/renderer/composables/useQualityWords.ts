import { computed, type ComputedRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { useNetworkStore } from '../stores/network.ts';
import { qualityText } from './networkText.ts';

/** How good the connection of the call under way is, in words; `broken`: there is none at the moment. */
export function useQualityWords(broken: () => boolean): ComputedRef<string> {
  const { t } = useI18n();
  const store = useNetworkStore();
  return computed(() => {
    if (broken()) {
      return t('network.broken');
    }
    return store.live === null
      ? t('network.quality.unknown')
      : qualityText(store.live.reading, store.live.sample.path, t);
  });
}
