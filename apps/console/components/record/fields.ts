/** Every field of a record once: what is claimed beside what the verdict found, claimed ones first. Pure. */
import type { RecordView } from '../../lib/views.ts';
import { claimsOf } from './claims.ts';
import type { FieldView } from './findings.tsx';

export function fieldsOf(record: RecordView): readonly FieldView[] {
  const findings = record.verdict?.findings ?? [];
  const claims = claimsOf(record.claims);
  const names = new Set([...claims.map(({ field }) => field), ...findings.map(({ field }) => field)]);
  return [...names].map((field): FieldView => {
    const finding = findings.find((at) => at.field === field);
    const claimed = claims.find((claim) => claim.field === field)?.value ?? finding?.claimed ?? null;
    if (finding === undefined) return { field, claimed, finding: 'unread', found: null, reasons: [], evidence: null };
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
