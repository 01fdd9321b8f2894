import type { Locale } from '#shared/settings.ts';

/** The language of ours for the system's: Chinese in simplified characters for all of Chinese, else English. */
export const localeFor = (systemLocale: string): Locale =>
  /^zh(?:[-_]|$)/i.test(systemLocale) ? 'zh-CN' : 'en';
