import { createI18n } from 'vue-i18n';
import type { Locale } from '#shared/settings.ts';
import en from './locales/en.json';
import zhCN from './locales/zh-CN.json';

/** Both languages are in the bundle: switching needs no loading and no restart. */
export function createPeerlineI18n(locale: Locale) {
  return createI18n({
    legacy: false,
    locale,
    fallbackLocale: 'en',
    messages: { en, 'zh-CN': zhCN },
    missingWarn: false,
    fallbackWarn: false,
  });
}

export type PeerlineI18n = ReturnType<typeof createPeerlineI18n>;

/** Switches the language of every component, and tells the page for fonts, hyphenation and readers. */
export function setLocale(i18n: PeerlineI18n, locale: Locale): void {
  i18n.global.locale.value = locale;
  document.documentElement.lang = locale;
}
