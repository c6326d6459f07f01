/**
 * The English catalogue: every sentence the console says, by the place that says it. Another language is a file beside
 * this one whose value has type `Words`.
 */
import { explainReason } from './en/codes.ts';
import { because, explainRule, runMessage, said, saidOf } from './en/engine.ts';
import { examples, fields, intake, kinds, locales } from './en/intake.ts';
import { chart, overview, verbs } from './en/overview.ts';
import { keys, queue, record, records, ruling, statuses } from './en/records.ts';
import { parked, runs } from './en/runs.ts';
import { refusal, refusals, shell, signIn, trouble } from './en/shell.ts';

/** Words that are asked for by a name from elsewhere, which may be one that nobody knows. */
const open = (words: Readonly<Record<string, string>>): Readonly<Record<string, string>> => words;

export const en = {
  shell,
  signIn,
  trouble,
  refusals: open(refusals),
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
  kinds: open(kinds),
  fields: open(fields),
  examples: open(examples),
  locales: open(locales),
  explainReason,
  explainRule,
  because,
  runMessage,
  said,
  saidOf,
};
