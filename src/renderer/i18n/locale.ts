import type { Locale } from '#shared/settings.ts';

/** The language that we have for a language tag of the system, e.g. `zh-Hant-TW`. */
export const systemLocale = (tag: string): Locale => (/^zh\b/i.test(tag) ? 'zh-CN' : 'en');
