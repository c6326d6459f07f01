'use client';
/** Parked items with what a person can do about them: release one, or several that were picked. */
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type ReactElement, useState } from 'react';
import { Plain } from '../plain.tsx';
import { useWords } from '../words-provider.tsx';
import { write } from '../write.ts';

export interface ParkedRow {
  readonly key: string;
  readonly code: string | null;
  readonly reason: string;
  readonly since: string;
  readonly sinceTitle: string;
  readonly attempts: string;
}

export function ParkedList(props: {
  readonly gate: string;
  readonly rows: readonly ParkedRow[];
  /** Whether keys are records of this console. */
  readonly records: boolean;
}): ReactElement {
  const words = useWords();
  const { w } = words;
  const router = useRouter();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState<{ readonly text: string; readonly wrong: boolean } | null>(null);
  const all = props.rows.length > 0 && props.rows.every(({ key }) => picked.has(key));

  async function release(keys: readonly string[]): Promise<void> {
    setBusy(new Set(keys));
    setSaid(null);
    const wrong: string[] = [];
    for (const key of keys) {
      const answer = await releaseOne(key);
      if (!answer.ok && answer.code !== 'not_parked') wrong.push(answer.sentence);
    }
    const released = keys.length - wrong.length;
    const parts = [
      ...(released > 0 ? [w.parked.released(released)] : []),
      ...(wrong.length > 0 ? [w.parked.someFailed(wrong.length), wrong[0]] : []),
    ];
    setSaid({ text: parts.join(' '), wrong: wrong.length > 0 });
    setBusy(new Set());
    setPicked(new Set());
    router.refresh();
  }

  function releaseOne(key: string): ReturnType<typeof write> {
    return props.records
      ? write(`/api/records/${encodeURIComponent(key)}/release`, {}, words)
      : write(`/api/gates/${encodeURIComponent(props.gate)}/release`, { json: { keys: [key] } }, words);
  }

  function pick(key: string, on: boolean): void {
    const next = new Set(picked);
    if (on) next.add(key);
    else next.delete(key);
    setPicked(next);
  }

  return (
    <>
      <p
        role={said?.wrong ? 'alert' : 'status'}
        className={said === null ? 'visually-hidden' : `notice mb-3 ${said.wrong ? 'tone-bad' : 'tone-good'}`}
      >
        {said?.text}
      </p>
      {props.rows.length === 0 ? null : (
        <>
          <div className="filters">
            <label className="flex items-center gap-2 small">
              <input
                type="checkbox"
                className="size-4 accent-(--tide)"
                checked={all}
                onChange={(event) =>
                  setPicked(new Set(event.currentTarget.checked ? props.rows.map(({ key }) => key) : []))
                }
              />
              {picked.size === 0 ? w.parked.selectAll : w.parked.selected(picked.size)}
            </label>
            <button
              type="button"
              className="button"
              disabled={picked.size === 0 || busy.size > 0}
              onClick={() => release([...picked])}
            >
              {busy.size > 1 ? w.parked.releasing : w.parked.releaseSelected(picked.size)}
            </button>
          </div>
          <div className="panel">
            <table className="table cards">
              <thead>
                <tr>
                  <th scope="col">{w.parked.record}</th>
                  <th scope="col">{w.parked.reason}</th>
                  <th scope="col">{w.parked.since}</th>
                  <th scope="col">{w.parked.attempts}</th>
                  <th scope="col">
                    <span className="visually-hidden">{w.parked.release}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {props.rows.map((row) => (
                  <tr key={row.key}>
                    <td className="wide">
                      <span className="flex items-baseline gap-2.5">
                        <input
                          type="checkbox"
                          className="size-4 flex-none translate-y-0.5 accent-(--tide)"
                          aria-label={w.parked.select(row.key)}
                          checked={picked.has(row.key)}
                          onChange={(event) => pick(row.key, event.currentTarget.checked)}
                        />
                        {props.records ? (
                          <Link className="key" href={`/records/${encodeURIComponent(row.key)}`} prefetch={false}>
                            <Plain text={row.key} />
                          </Link>
                        ) : (
                          <span className="key">
                            <Plain text={row.key} />
                          </span>
                        )}
                      </span>
                    </td>
                    <td className="wide">
                      <Plain text={w.explainReason(w.saidOf(row.code, row.reason))} />
                    </td>
                    <td className="quiet" title={row.sinceTitle} data-label={w.parked.since}>
                      {row.since}
                    </td>
                    <td className="quiet end" data-label={w.parked.attempts}>
                      {row.attempts}
                    </td>
                    <td className="wide num">
                      <button
                        type="button"
                        className="button slim"
                        disabled={busy.size > 0}
                        aria-label={`${w.parked.release} ${row.key}`}
                        onClick={() => release([row.key])}
                      >
                        {busy.has(row.key) ? w.parked.releasing : w.parked.release}
                      </button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </>
  );
}
