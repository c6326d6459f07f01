// How dates and amounts are written in the locales of the samples. Owns formats only; every function is pure and works on
// ISO dates and whole minor units (sen, cents, pence).

/** The locales that the samples come from. */
export type Locale = 'en-MY' | 'en-US' | 'en-GB' | 'de-DE' | 'en-SG' | 'en-AU';

/** The ways in which a receipt may print its date; `iso` is 2018-12-25, the others read as they are named. */
export type DateForm =
  | 'd/m/y'
  | 'd/m/yy'
  | 'd-m-y'
  | 'd.m.y'
  | 'd.m.yy'
  | 'm/d/y'
  | 'm/d/yy'
  | 'iso'
  | 'd MON y'
  | 'd-Mon-yy'
  | 'Mon d, y'
  | 'd Month y'
  | 'Weekday, d Month y';

const MONTHS = 'January February March April May June July August September October November December'.split(' ');
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Writes an ISO date in one of the forms. */
export function writeDate(iso: string, form: DateForm): string {
  const [y = '', m = '', d = ''] = iso.split('-');
  const month = MONTHS[Number(m) - 1] ?? '';
  const mon = month.slice(0, 3);
  const yy = y.slice(2);
  switch (form) {
    case 'd/m/y':
      return `${d}/${m}/${y}`;
    case 'd/m/yy':
      return `${d}/${m}/${yy}`;
    case 'd-m-y':
      return `${d}-${m}-${y}`;
    case 'd.m.y':
      return `${d}.${m}.${y}`;
    case 'd.m.yy':
      return `${d}.${m}.${yy}`;
    case 'm/d/y':
      return `${m}/${d}/${y}`;
    case 'm/d/yy':
      return `${m}/${d}/${yy}`;
    case 'iso':
      return iso;
    case 'd MON y':
      return `${d} ${mon.toUpperCase()} ${y}`;
    case 'd-Mon-yy':
      return `${d}-${mon}-${yy}`;
    case 'Mon d, y':
      return `${mon} ${Number(d)}, ${y}`;
    case 'd Month y':
      return `${Number(d)} ${month} ${y}`;
    case 'Weekday, d Month y':
      return `${WEEKDAYS[new Date(`${iso}T00:00:00Z`).getUTCDay()]}, ${Number(d)} ${month} ${y}`;
  }
}

/** Moves an ISO date by whole days. */
export function addDays(iso: string, days: number): string {
  const moved = new Date(`${iso}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
}

/** Whether year, month and day name a day of the calendar. */
export function isDate(iso: string): boolean {
  const read = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().slice(0, 10) === iso;
}

/** The amount without a currency sign, as the locale groups it: `1,234.50`, in German `1.234,50`. */
export function writeAmount(minor: number, locale: Locale): string {
  const sign = minor < 0 ? '-' : '';
  const whole = String(Math.floor(Math.abs(minor) / 100));
  const cents = String(Math.abs(minor) % 100).padStart(2, '0');
  const german = locale === 'de-DE';
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, german ? '.' : ',');
  return `${sign}${grouped}${german ? ',' : '.'}${cents}`;
}

/** The amount with the currency sign where the locale puts it: `RM 9.00`, `$9.00`, `9,00 €`. */
export function writeMoney(minor: number, locale: Locale): string {
  const amount = writeAmount(Math.abs(minor), locale);
  const sign = minor < 0 ? '-' : '';
  if (locale === 'de-DE') return `${sign}${amount} €`;
  if (locale === 'en-MY') return `${sign}RM ${amount}`;
  return `${sign}${locale === 'en-GB' ? '£' : '$'}${amount}`;
}

/** The amount as a claim states it: digits and a point, no grouping. */
export function plainAmount(minor: number): string {
  return (minor / 100).toFixed(2);
}
