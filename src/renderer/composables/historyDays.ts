type Translate = (key: string) => string;

/** The local calendar day of a time, the same number for the whole day and no other. */
export function dayOf(at: number): number {
  const date = new Date(at);
  return date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate();
}

/** Whether a row begins a day of the list, which runs from the newest call to the oldest. */
export const startsDay = (at: number, before: number | undefined): boolean =>
  before === undefined || dayOf(before) !== dayOf(at);

/** Today, Yesterday, or the date as the language writes it, with the year when it is another one. */
export function dayHeading(at: number, now: number, locale: string, t: Translate): string {
  const day = dayOf(at);
  if (day === dayOf(now)) {
    return t('history.today');
  }
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (day === dayOf(yesterday.getTime())) {
    return t('history.yesterday');
  }
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(sameYear ? {} : { year: 'numeric' }),
  }).format(at);
}

export const ages = ['week', 'month', 'year'] as const;
export type Age = (typeof ages)[number];

/** The time before which calls are older than a week, a calendar month or a year. */
export function beforeAge(age: Age, now: number): number {
  const date = new Date(now);
  switch (age) {
    case 'week':
      date.setDate(date.getDate() - 7);
      break;
    case 'month':
    case 'year': {
      const day = date.getDate();
      date.setMonth(date.getMonth() - (age === 'month' ? 1 : 12));
      if (date.getDate() !== day) {
        // The month before is shorter: its last day.
        date.setDate(0);
      }
      break;
    }
  }
  return date.getTime();
}
