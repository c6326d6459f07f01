/**
 * The English catalogue: every sentence the console says, by the place that says it. Another language is a file beside
 * this one whose value has type `Words`.
 */
import { explainReason } from './en/codes.ts';
import { examples, fields, intake, kinds, locales } from './en/intake.ts';
import { chart, overview, verbs } from './en/overview.ts';
import { keys, queue, record, records, ruling, statuses } from './en/records.ts';
import { parked, runs } from './en/runs.ts';
import { refusal, refusals, shell, signIn, trouble } from './en/shell.ts';

export const en = {
  shell,
  signIn,
  trouble,
  refusals,
  refusal,
  overview,
  verbs,
  chart,
  statuses,
  records,
  record,
  ruling,
  queue,
  keys,
  runs,
  parked,
  intake,
  kinds,
  fields,
  examples,
  locales,
  explainReason,
};
