import { createApp } from 'vue';
import type { ErrorCode } from '#shared/errors.ts';
import { systemLocale } from './i18n/locale.ts';
import { createPeerlineI18n, setLocale } from './i18n/i18n.ts';
import FailurePage from './ui/shell/FailurePage.vue';
import './ui/styles/styles.ts';

/** Says that the app cannot start, instead of an empty window. */
export function mountFailure(code: ErrorCode, root: Element): void {
  const locale = systemLocale(navigator.language);
  const i18n = createPeerlineI18n(locale);
  setLocale(i18n, locale);
  createApp(FailurePage, { code }).use(i18n).mount(root);
}
