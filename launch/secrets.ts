// CRON_SECRET and ADMIN_TOKEN: taken from the environment, else from TIDEGATE_DIR/secrets.json, else made there. One that is
// set to nothing stays unset, so that the answer to a missing secret can be seen.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readPrivate, writePrivate } from './folder.ts';
import { Refusal } from './refusal.ts';

const NAMES = ['CRON_SECRET', 'ADMIN_TOKEN'] as const;

/** The two secrets by the names of their variables. */
export type Secrets = Readonly<Partial<Record<(typeof NAMES)[number], string>>>;

/** Returns the secrets in force and those just generated, which are to be shown this once. */
export function openSecrets(
  dir: string,
  given: Readonly<Record<(typeof NAMES)[number], string | undefined>>,
): {
  secrets: Secrets;
  generated: Secrets;
} {
  const file = join(dir, 'secrets.json');
  const kept = readKept(file);
  const secrets: Partial<Record<(typeof NAMES)[number], string>> = {};
  const generated: Partial<Record<(typeof NAMES)[number], string>> = {};
  for (const name of NAMES) {
    const set = given[name];
    if (set?.trim() === '') continue;
    if (set === undefined && kept[name] === undefined) generated[name] = randomBytes(24).toString('base64url');
    const value = set ?? kept[name] ?? generated[name];
    if (value !== undefined) secrets[name] = value;
  }
  if (Object.keys(generated).length > 0) writePrivate(file, JSON.stringify({ ...kept, ...generated }, null, 2));
  return { secrets, generated };
}

function readKept(file: string): Secrets {
  const text = readPrivate(file);
  if (text === null) return {};
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    return Object.fromEntries(
      NAMES.filter((name) => typeof value[name] === 'string').map((name) => [name, value[name]]),
    );
  } catch (cause) {
    throw new Refusal(`${file} is not JSON: mend it, or delete it so that TIDEGATE_DIR gets new secrets.`, { cause });
  }
}
