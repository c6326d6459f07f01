/**
 * Times, amounts and durations in the reader's language. Every absolute time is given in one zone, the installation's
 * `TIME_ZONE`, so that the server and the browser write the same.
 */
import type { Locale } from './index.ts';

export interface Format {
  number(value: number): string;
  /** 3 Nov, 14:05 */
  time(at: string): string;
  /** 3 November 2026 at 14:05:09 UTC, for titles. */
  fullTime(at: string): string;
  /** 14:00 for hours, 3 Nov for days. */
  tick(at: string, unit: 'hour' | 'day'): string;
  /** 3 minutes ago; counted from `now`. */
  ago(at: string, now: number): string;
  /** 850 ms, 4.2 s, 3 min, 2 h, 5 d: two figures at most. */
  duration(ms: number): string;
  /** Micro-dollars as dollars; below a cent with four digits. */
  money(micros: number): string;
  bytes(count: number): string;
  percent(share: number): string;
  /** English (Malaysia) for en-MY; an unknown tag as it is. */
  language(tag: string): string;
}

const seconds = { minute: 60, hour: 3600, day: 86400 } as const;

/** Formats for a language and a zone. */
export function formatsFor(locale: Locale, timeZone: string): Format {
  const number = new Intl.NumberFormat(locale);
  const short = new Intl.NumberFormat(locale, { maximumSignificantDigits: 2 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const usd = { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol' } as const;
  const dollars = new Intl.NumberFormat(locale, usd);
  const cents = new Intl.NumberFormat(locale, { ...usd, maximumFractionDigits: 4 });
  const time = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'long', hourCycle: 'h23', timeZone });
  const hour = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone });
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone });
  const languages = new Intl.DisplayNames(locale, { type: 'language', languageDisplay: 'standard' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const unit = (value: number, name: string): string =>
    new Intl.NumberFormat(locale, {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumSignificantDigits: 2,
    }).format(value);

  return {
    number: (value) => number.format(value),
    time: (at) => time.format(new Date(at)),
    fullTime: (at) => full.format(new Date(at)),
    tick: (at, per) => (per === 'hour' ? hour : day).format(new Date(at)),
    ago(at, now) {
      const past = Math.max(0, (now - Date.parse(at)) / 1000);
      if (past < 45) return relative.format(0, 'second');
      if (past < seconds.hour) return relative.format(-Math.max(1, Math.round(past / seconds.minute)), 'minute');
      if (past < seconds.day) return relative.format(-Math.max(1, Math.round(past / seconds.hour)), 'hour');
      return relative.format(-Math.max(1, Math.round(past / seconds.day)), 'day');
    },
    duration(ms) {
      if (ms < 1000) return unit(Math.round(ms), 'millisecond');
      const s = ms / 1000;
      if (s < 90) return unit(s, 'second');
      if (s < 90 * seconds.minute) return unit(s / seconds.minute, 'minute');
      if (s < 36 * seconds.hour) return unit(s / seconds.hour, 'hour');
      return unit(s / seconds.day, 'day');
    },
    money: (micros) => (micros !== 0 && Math.abs(micros) < 10_000 ? cents : dollars).format(micros / 1_000_000),
    bytes(count) {
      if (count < 1024) return unit(count, 'byte');
      if (count < 1024 ** 2) return `${short.format(count / 1024)} KiB`;
      return `${short.format(count / 1024 ** 2)} MiB`;
    },
    percent: (share) => percent.format(share),
    language(tag) {
      try {
        return languages.of(tag) ?? tag;
      } catch {
        return tag;
      }
    },
  };
}
