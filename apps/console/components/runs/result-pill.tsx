/** The sign of one result in a run, with the status it answered. */
import type { ReactElement } from 'react';
import type { RecordResult } from 'tidegate';
import type { Words } from '../../lib/words/index.ts';
import { Pill } from '../bits.tsx';
import { resultKind } from './result-words.ts';

export function ResultPill({ result, w }: { readonly result: RecordResult; readonly w: Words }): ReactElement {
  const kind = resultKind(result);
  if (kind === 'succeeded') {
    return (
      <Pill tone="good" icon="check">
        {w.runs.ok}
      </Pill>
    );
  }
  return kind === 'failed' ? (
    <Pill tone="bad" icon="cross">
      {w.runs.notOk}
    </Pill>
  ) : (
    <Pill tone="wait" icon="later">
      {w.runs.come}
    </Pill>
  );
}
