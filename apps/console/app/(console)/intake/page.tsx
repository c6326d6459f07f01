/** Where records come in by hand: a kind, its claims, and the documents. */
import type { ReactElement } from 'react';
import { IntakeForm } from '../../../components/intake/intake-form.tsx';
import { reading, requireOperator } from '../../../components/operator.ts';
import { pageWords, titled } from '../../../components/page-words.ts';
import { intakeKinds, intakeLimits, requireRecords } from '../../../lib/queries.ts';

export const generateMetadata = titled((w) => w.intake.title);

export default async function Intake(): Promise<ReactElement> {
  await requireOperator('/intake');
  await reading(requireRecords);
  const { w } = await pageWords();
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{w.intake.title}</h1>
          <p>{w.intake.lead}</p>
        </div>
      </div>
      <IntakeForm kinds={intakeKinds()} limits={intakeLimits()} />
    </>
  );
}
