/** Every field of a record once: what is claimed beside what the verdict found, in the order of its kind. Pure. */
import type { RecordView } from '../../lib/views.ts';
import { claimsOf } from './claims.ts';
import type { FieldView } from './findings.tsx';

/** `order` names the fields of the record's kind; others come after them. */
export function fieldsOf(record: RecordView, order: readonly string[]): readonly FieldView[] {
  const findings = record.verdict?.findings ?? [];
  const claims = claimsOf(record.claims);
  const names = new Set([...claims.map(({ field }) => field), ...findings.map(({ field }) => field)]);
  const place = (field: string): number => (order.includes(field) ? order.indexOf(field) : order.length);
  return [...names]
    .toSorted((a, b) => place(a) - place(b))
    .map((field): FieldView => {
      const finding = findings.find((at) => at.field === field);
      const claimed = claims.find((claim) => claim.field === field)?.value ?? finding?.claimed ?? null;
      if (finding === undefined)
        return {
          field,
          claimed,
          finding: record.verdict === null ? 'unread' : 'uncompared',
          found: null,
          reasons: [],
          evidence: null,
        };
      const [evidence] = finding.evidence ?? [];
      return {
        field,
        claimed,
        finding: finding.finding,
        found: finding.found ?? evidence?.quote ?? null,
        reasons: finding.reasons ?? [],
        evidence: evidence ?? null,
      };
    });
}
