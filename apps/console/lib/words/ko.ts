/** The Korean catalogue, beside the English one and of its type: a sentence that is missing is a type error. */
import type { Words } from './index.ts';
import { explainReason, saidOf } from './ko/codes.ts';
import { because, explainRule, runMessage } from './ko/engine.ts';
import { examples, fields, intake, kinds, locales } from './ko/intake.ts';
import { chart, overview, verbs } from './ko/overview.ts';
import { said } from './ko/phrases.ts';
import { keys, queue, record, records, ruling, statuses } from './ko/records.ts';
import { parked, runs } from './ko/runs.ts';
import { refusal, refusals, shell, signIn, trouble } from './ko/shell.ts';

export const ko: Words = {
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
  explainRule,
  because,
  runMessage,
  said,
  saidOf,
};
