/**
 * How far apart the ticks of a cron expression are, as far as it can be told without a calendar: enough to say that one
 * is overdue. The clock itself is elsewhere.
 */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const monthMs = 31 * 24 * hourMs;

/** The longest gap between two ticks, or more where it is not plain: no false alarm. Null without a schedule. */
export function tickEveryMs(schedule: string | null): number | null {
  const fields = schedule?.trim().split(/\s+/) ?? [];
  const [minute = '', hour = '', day, month, weekday] = fields.length === 6 ? fields.slice(1) : fields;
  if (schedule === null) return null;
  if (day !== '*' || month !== '*' || weekday !== '*') return monthMs;
  if (hour === '*') return (gapOf(minute, 60) ?? 60) * minuteMs;
  return (gapOf(hour, 24) ?? 24) * hourMs;
}

/** The longest gap on a dial of `size` between the values that a field names. */
function gapOf(field: string, size: number): number | null {
  if (field === '*') return 1;
  const step = /^\*\/(\d+)$/.exec(field)?.[1];
  if (step !== undefined) return Math.min(Math.max(Number(step), 1), size);
  if (!/^\d+(,\d+)*$/.test(field)) return null;
  const values = [...new Set(field.split(',').map(Number))].sort((a, b) => a - b);
  const gaps = values.map((value, index) => (values[index + 1] ?? size + (values[0] ?? 0)) - value);
  return Math.max(...gaps);
}
