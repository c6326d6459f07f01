/** What stopped until a person says otherwise, per gate, with why. */
import Link from 'next/link';
import type { ReactElement } from 'react';
import { Blank } from '../../../components/bits.tsx';
import { GatePicker } from '../../../components/gate-picker.tsx';
import { chooseGate, ownGate } from '../../../components/gates.ts';
import { one, pathWith, reading, requireOperator } from '../../../components/operator.ts';
import { pageWords, titled } from '../../../components/page-words.ts';
import { ParkedList } from '../../../components/parked/parked-list.tsx';
import { listGates, listParked, recordsAreOn } from '../../../lib/queries.ts';

export const generateMetadata = titled((w) => w.parked.title);

export default async function Parked(props: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}): Promise<ReactElement> {
  const query = await props.searchParams;
  const asked = { gate: one(query.gate), cursor: one(query.cursor) };
  await requireOperator(pathWith('/parked', asked));
  const { w, f, now } = await pageWords();
  const [gates, records] = await reading(() => Promise.all([listGates(), recordsAreOn()]));
  const gate = chooseGate(gates, asked.gate)?.gate ?? ownGate;
  const { parked, cursor } = await reading(() =>
    listParked(gate, asked.cursor === null ? {} : { cursor: asked.cursor }),
  );
  return (
    <>
      <div className="page-head">
        <div>
          <h1>{w.parked.title}</h1>
          <p>{w.parked.lead}</p>
        </div>
        <GatePicker gates={gates} chosen={gate} path="/parked" w={w} />
      </div>
      <ParkedList
        gate={gate}
        records={records && gate === ownGate}
        rows={parked.map((item) => ({
          key: item.key,
          code: item.code,
          reason: item.reason,
          since: f.ago(item.parkedAt, now),
          sinceTitle: f.fullTime(item.parkedAt),
          attempts:
            item.failures === 0
              ? f.number(item.attempt)
              : w.parked.attemptsOf(f.number(item.attempt), f.number(item.failures)),
        }))}
      />
      {parked.length === 0 ? (
        <div className="panel">
          <Blank icon="check" title={w.parked.empty}>
            <p>{w.parked.emptyText}</p>
          </Blank>
        </div>
      ) : null}
      <nav className="pager" aria-label={w.shell.pages}>
        {asked.cursor === null ? (
          <span />
        ) : (
          <Link className="button" href={pathWith('/parked', { gate: asked.gate })} prefetch={false}>
            {w.shell.newest}
          </Link>
        )}
        {cursor === null ? null : (
          <Link className="button" href={pathWith('/parked', { gate: asked.gate, cursor })} prefetch={false}>
            {w.shell.more}
          </Link>
        )}
      </nav>
    </>
  );
}
