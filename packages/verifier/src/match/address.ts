/**
 * A claimed address against rows: every word and number of it in its order, over a few lines. Numbers must be the same;
 * an address that is there but for something is for a person.
 */

import { addressText, standsIn } from '../normalize/addresses.ts';
import { evidenceOf, notFound, type Outcome, type Row } from './rows.ts';

/** Lines that an address may take. */
const linesMax = 5;

/** How a claimed address stands in a text, with or without what either says in brackets; null when it does not. */
export function addressIn(claim: string, text: string): 'whole' | 'part' | null {
  const bare = (full: string): string => full.replace(/\([^()]*\)/g, ' ');
  const ways = [text, bare(text)].flatMap((said) => [claim, bare(claim)].map((asked) => [asked, said] as const));
  const found = ways.map(([asked, said]) => {
    const claimed = addressText(asked);
    return claimed.key.length < 4 ? null : standsIn(claimed, addressText(said));
  });
  return found.find((how) => how === 'whole') ?? found.find((how) => how === 'part') ?? null;
}

/** An address wherever it stands on a page: one that is printed whole is nobody else's by chance. */
export function matchAddress(claim: string, rows: readonly Row[]): Outcome {
  if (addressText(claim).key.length < 6) return notFound('claim_unreadable');
  let best: Outcome | null = null;
  for (let first = 0; first < rows.length; first += 1) {
    for (let count = 1; count <= linesMax && first + count <= rows.length; count += 1) {
      const taken = rows.slice(first, first + count);
      const how = addressIn(claim, taken.map((row) => row.text).join(' '));
      if (how === null) continue;
      const outcome: Outcome = {
        finding: 'match',
        found: taken.map((row) => row.text).join(' '),
        reasons: how === 'whole' ? ['exact'] : ['name_is_part'],
        evidence: taken.map((row) => evidenceOf(row)),
      };
      if (how === 'whole') return outcome;
      best ??= outcome;
    }
  }
  return best ?? notFound('no_address_read');
}
