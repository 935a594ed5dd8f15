// Dates as they are typed at the counter: day first, spread over three boxes, ISO underneath.

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'mei', 'jun', 'jul', 'agu', 'sep', 'okt', 'nov', 'des'];
const OTHER: Record<string, number> = { peb: 2, agt: 8, ags: 8, nop: 11 };

/** Number of a month typed as digits or as an Indonesian name; 0 when it is none. */
export function month(text: string): number {
  const short = text.trim().toLowerCase().slice(0, 3);
  return /^\d+$/.test(text.trim()) ? Number(text) : MONTHS.indexOf(short) + 1 || (OTHER[short] ?? 0);
}

/** Splits `29072026`, `29/7/2026` or `29 jul 2026` into day, month and year; undefined when it is only one part. */
export function spread(text: string): [string, string, string] | undefined {
  const run = /^(\d{2})(\d{2})(\d{4})$/.exec(text.trim());
  if (run) return [run[1] ?? '', String(Number(run[2])), run[3] ?? ''];
  const parts = text.trim().split(/[\s/.+-]+/).filter(Boolean);
  return parts.length === 3 ? [parts[0] ?? '', parts[1] ?? '', parts[2] ?? ''] : undefined;
}

/** ISO text of the three boxes; unknown parts are left out; what cannot be read stays as typed. */
export function iso(day: string, monthText: string, year: string): string {
  if (!day && !monthText && !year) return '';
  const m = month(monthText);
  if (!/^\d{4}$/.test(year)) return [day, monthText, year].join('-');
  if (!monthText) return year;
  const mm = String(m).padStart(2, '0');
  return day ? `${year}-${mm}-${day.padStart(2, '0')}` : `${year}-${mm}`;
}

/** What stands in for an unknown part on the forms, as domain/src/date.rs writes it: the 15th, or 1 July. */
const DAY_FOR_UNKNOWN = 15, MONTH_FOR_UNKNOWN = 7;
const words = (date: Date, how: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('id-ID', { ...how, timeZone: 'UTC' }).format(date);
const WHOLE: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long', year: 'numeric' };

/** `Rabu, 29 Juli 2026 (0 tahun)`; empty while the date is not whole. */
export function echo(value: string, today: string): string {
  const whole = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!whole) return '';
  const date = new Date(Date.UTC(Number(whole[1]), Number(whole[2]) - 1, Number(whole[3])));
  if (date.getUTCDate() !== Number(whole[3])) return '';
  const age = Number(today.slice(0, 4)) - Number(whole[1]) - (today.slice(5) < value.slice(5) ? 1 : 0);
  const said = words(date, { weekday: 'long', ...WHOLE });
  return age >= 0 ? `${said} (${age} tahun)` : said;
}

/** What is unknown of a kept date, and the date that stands in for it on the forms; undefined for a whole or unread one. */
export function unknown(value: string): { part: 'day' | 'month'; written: string } | undefined {
  const part = /^(\d{4})(?:-(0[1-9]|1[0-2]))?$/.exec(value);
  if (!part) return undefined;
  const month = Number(part[2] ?? MONTH_FOR_UNKNOWN), year = Number(part[1]);
  const written = words(new Date(Date.UTC(year, month - 1, part[2] ? DAY_FOR_UNKNOWN : 1)), WHOLE);
  return { part: part[2] ? 'day' : 'month', written };
}

/** Keys that lead from one box of a date to the next: whatever stands between day and month on paper (ux.md 1.6). */
export const isSeparator = (key: string) => ['/', '.', '-', ',', '+', ' '].includes(key);
