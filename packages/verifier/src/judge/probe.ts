/**
 * Whether a model can do what is asked of it, found out once a process with a picture of four digits: it must take an
 * image and answer in the shape. So that an unfit model is a sentence about `AI_MODEL` and not a heap of odd verdicts.
 */

import { createHash } from 'node:crypto';
import { VerifierError } from '../errors.ts';
import type { PagePicture } from '../types.ts';
import { ask, type Mode, openPurse, type Purse, type Said } from './ask.ts';
import { RequestRefused } from './failure.ts';
import { proposalsIn } from './prompt.ts';
import type { ModelSettings } from './settings.ts';

const digits = '4827';
const field = 'probe_number';
const probeMaxMs = 45_000;

const picture: PagePicture = {
  bytes: new Uint8Array(
    Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAWgAAACgAQMAAAAb52T7AAAABlBMVEX///8AAABVwtN+AAAACXBIWXMAAAsTAAALEwEAmpwYAAAAiUlEQVRY' +
        'w+3WywmAMAyA4YAHx3AUR3M1R3GMHoSoqR5CFeoLfPz/qYTvYPGQihAR0ReqVDVMh2I8qI2a8dD9T9u4biOO3LQu2vGjepqWwc3tA9Fo' +
        'NBqNvlBbG1vqpJYZr27XtGdpd0t/yZVb5uvk7xS9f4ig0Wg0Gn2H3relsrVkb9efaSIiekcDBC7A76K3SsUAAAAASUVORK5CYII=',
      'base64',
    ),
  ),
  mediaType: 'image/png',
  width: 360,
  height: 160,
};

const place = Symbol.for('tidegate.verifier.probes');
const shelf = globalThis as { [place]?: Map<string, Promise<Mode>> };

/**
 * How this model is best asked. The first call pays for the probe from `purse`; a failure is forgotten, so that the next
 * call tries again.
 * @throws VerifierError `model_unfit` and whatever else a provider fails with.
 */
export async function fitness(settings: ModelSettings, purse: Purse): Promise<Mode> {
  shelf[place] ??= new Map();
  const key = keyOf(settings);
  const known = shelf[place].get(key);
  if (known !== undefined) return await known;
  const probing = probe(settings, purse);
  shelf[place].set(key, probing);
  probing.catch(() => shelf[place]?.delete(key));
  return await probing;
}

/** Forgets what was found out, so that the next call asks again. */
export function forgetFitness(settings: ModelSettings): void {
  shelf[place]?.delete(keyOf(settings));
}

/** With time of its own: whoever gives up waiting does not end it for the others. */
async function probe(settings: ModelSettings, first: Purse): Promise<Mode> {
  const purse = openPurse(settings);
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new Error('out of time')), probeMaxMs);
  const modes: readonly Mode[] = settings.provider === 'compatible' ? ['schema', 'text'] : ['schema'];
  let why = '';
  try {
    for (const mode of modes) {
      const said = await askOrRefusal(settings, { mode, purse, signal: controller.signal });
      if (said instanceof RequestRefused) {
        why = `it ${said.message}`;
        continue;
      }
      const proposals = proposalsIn(said.text, [field]);
      if (proposals?.some(({ value }) => value.replace(/\D/g, '') === digits)) return mode;
      why = proposals === null ? 'its answer has not the shape that was asked for' : 'it did not read a plain picture';
    }
  } finally {
    clearTimeout(timer);
    first.add(purse.tokens());
  }
  throw new VerifierError('model_unfit', `AI_MODEL: ${settings.model} cannot be used: ${why}.`, {
    status: 503,
    blame: 'gate',
    hint: 'Set AI_MODEL to a model that takes images and answers in JSON, or AI_PROVIDER to local.',
  });
}

async function askOrRefusal(
  settings: ModelSettings,
  at: { mode: Mode; purse: Purse; signal: AbortSignal },
): Promise<Said | RequestRefused> {
  const text = `Fields to copy:\n- ${field}: the number of four digits in the picture`;
  try {
    return await ask(settings, { fields: [field], text, pictures: [picture] }, at);
  } catch (thrown) {
    if (thrown instanceof RequestRefused) return thrown;
    if (at.signal.aborted) {
      const message = `${settings.provider} gave no answer within ${probeMaxMs / 1000} s.`;
      throw new VerifierError('provider_unavailable', message, { status: 0, blame: 'provider' });
    }
    throw thrown;
  }
}

/** A hash, since the key of the provider is part of it. */
function keyOf({ provider, model, baseUrl, apiKey }: ModelSettings): string {
  return createHash('sha256')
    .update(JSON.stringify([provider, model, baseUrl, apiKey]))
    .digest('hex');
}
