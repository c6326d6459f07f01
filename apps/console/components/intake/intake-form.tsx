'use client';
/** The form that takes a record in. What it holds stays when the server refuses it. */
import Link from 'next/link';
import { type FormEvent, type ReactElement, useId, useState } from 'react';
import { Icon } from '../icons.tsx';
import { useReady } from '../ready.ts';
import { useWords } from '../words-provider.tsx';
import { type Limits, wrongWith } from './check-files.ts';
import { FileField } from './file-field.tsx';
import { upload } from './upload.ts';

export interface IntakeKind {
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly required: boolean }[];
}

interface Wrong {
  readonly field: string | null;
  readonly text: string;
}

export function IntakeForm(props: { readonly kinds: readonly IntakeKind[]; readonly limits: Limits }): ReactElement {
  const words = useWords();
  const ready = useReady();
  const { w, f } = words;
  const id = useId();
  const [kindName, setKindName] = useState(props.kinds[0]?.name ?? '');
  const [locale, setLocale] = useState('');
  const [claims, setClaims] = useState<Readonly<Record<string, string>>>({});
  const [files, setFiles] = useState<readonly File[]>([]);
  const [sent, setSent] = useState<number | null>(null);
  const [wrong, setWrong] = useState<Wrong | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const kind = props.kinds.find(({ name }) => name === kindName);
  const filled = (kind?.fields ?? []).flatMap(({ name }) => {
    const value = claims[name]?.trim() ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  const missing = kind?.fields.some(({ name, required }) => required && !filled.some(([field]) => field === name));

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (filled.length === 0) return setWrong({ field: 'claims', text: w.intake.noClaims });
    const unfit = wrongWith(files, props.limits, words);
    if (unfit !== null) return setWrong({ field: 'files', text: unfit });
    setWrong(null);
    setSent(0);
    const form = new FormData();
    form.set('kind', kindName);
    if (locale !== '') form.set('locale', locale);
    form.set('claims', JSON.stringify(Object.fromEntries(filled)));
    for (const file of files) form.append('files', file);
    const answer = await upload(form, words, setSent);
    setSent(null);
    if (!answer.ok) return setWrong({ field: answer.field, text: `${w.intake.failed} ${answer.sentence}` });
    setDone(String((answer.body as { recordId?: unknown } | null)?.recordId ?? ''));
  }

  function again(): void {
    setDone(null);
    setClaims({});
    setFiles([]);
  }

  if (done !== null) return <Done id={done} onAgain={again} />;
  const wrongAt = (field: string): string | null => (wrong?.field === field ? wrong.text : null);
  return (
    <form className="grid max-w-3xl gap-4" onSubmit={submit} noValidate>
      <fieldset className="panel panel-body">
        <legend className="visually-hidden">{w.intake.what}</legend>
        <div className="grid gap-4 sm:grid-cols-2">
          <div className="field">
            <label htmlFor={`${id}-kind`}>{w.intake.kind}</label>
            <select
              id={`${id}-kind`}
              className="input"
              value={kindName}
              aria-invalid={wrongAt('kind') !== null}
              onChange={(event) => setKindName(event.currentTarget.value)}
            >
              {props.kinds.map(({ name }) => (
                <option key={name} value={name}>
                  {w.kinds[name] ?? name}
                </option>
              ))}
            </select>
            <span className="wrong" role="alert">
              {wrongAt('kind')}
            </span>
          </div>
          <div className="field">
            <label htmlFor={`${id}-locale`}>{w.intake.locale}</label>
            <select
              id={`${id}-locale`}
              className="input"
              value={locale}
              aria-describedby={`${id}-locale-hint`}
              onChange={(event) => setLocale(event.currentTarget.value)}
            >
              <option value="">{w.intake.localeNone}</option>
              {Object.entries(w.locales).map(([tag, name]) => (
                <option key={tag} value={tag}>
                  {name}
                </option>
              ))}
            </select>
            <span id={`${id}-locale-hint`} className="hint">
              {w.intake.localeHint}
            </span>
          </div>
        </div>
      </fieldset>
      <fieldset className="panel panel-body" aria-describedby={`${id}-claims-hint`}>
        <legend className="visually-hidden">{w.intake.claims}</legend>
        <h2>{w.intake.claims}</h2>
        <p id={`${id}-claims-hint`} className="quiet small mb-3">
          {w.intake.claimsHint}
        </p>
        <div className="grid gap-x-4 gap-y-3 sm:grid-cols-2">
          {(kind?.fields ?? []).map(({ name, required }) => (
            <ClaimField
              key={name}
              name={name}
              required={required}
              value={claims[name] ?? ''}
              onChange={(value) => setClaims({ ...claims, [name]: value })}
            />
          ))}
        </div>
        <p className="wrong mt-2 text-rejected" role="alert">
          {wrongAt('claims')}
        </p>
      </fieldset>
      <div className="panel panel-body">
        <FileField
          files={files}
          limits={props.limits}
          wrong={wrongAt('files')}
          onChange={(next) => {
            setFiles(next);
            setWrong(null);
          }}
        />
      </div>
      {wrong !== null && !['kind', 'claims', 'files'].includes(wrong.field ?? '') ? (
        <p className="notice tone-bad" role="alert">
          {wrong.text}
        </p>
      ) : null}
      <div className="actions">
        <button type="submit" className="button primary" disabled={sent !== null || !ready}>
          {sent === null ? w.intake.submit : w.intake.sending}
        </button>
        {sent === null ? (
          missing && filled.length > 0 ? (
            <span className="small quiet">{w.intake.claimMissing}</span>
          ) : null
        ) : (
          <Sending share={sent} text={sent < 1 ? w.intake.sent(f.percent(sent)) : w.intake.storing} />
        )}
      </div>
    </form>
  );
}

function ClaimField(props: {
  readonly name: string;
  readonly required: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}): ReactElement {
  const { w } = useWords();
  const id = useId();
  const example = /date$/.test(props.name)
    ? w.examples.date
    : /total|amount/.test(props.name)
      ? w.examples.money
      : /business_number$/.test(props.name)
        ? w.examples.krBusinessNumber
        : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>
        {w.fields[props.name] ?? props.name}{' '}
        <span className="faint font-normal">{props.required ? '' : `(${w.shell.optional})`}</span>
      </label>
      <input
        id={id}
        className="input"
        value={props.value}
        autoComplete="off"
        maxLength={500}
        aria-required={props.required}
        aria-describedby={example === undefined ? undefined : `${id}-hint`}
        onChange={(event) => props.onChange(event.currentTarget.value)}
      />
      {example === undefined ? null : (
        <span id={`${id}-hint`} className="hint">
          {example}
        </span>
      )}
    </div>
  );
}

function Sending({ share, text }: { readonly share: number; readonly text: string }): ReactElement {
  return (
    <div className="min-w-40 flex-1">
      <div
        className="meter"
        role="progressbar"
        aria-label={text}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <span style={{ width: `${share * 100}%` }} />
      </div>
      <p className="small quiet mt-1">{text}</p>
    </div>
  );
}

function Done({ id, onAgain }: { readonly id: string; readonly onAgain: () => void }): ReactElement {
  const { w } = useWords();
  return (
    <div className="panel blank" role="status">
      <Icon name="check" size={34} />
      <h2>{w.intake.done}</h2>
      <p>{w.intake.doneText}</p>
      <div className="actions justify-center">
        <Link className="button primary" href={`/records/${id}`} prefetch={false}>
          {w.intake.openRecord}
        </Link>
        <button type="button" className="button" onClick={onAgain}>
          {w.intake.another}
        </button>
      </div>
    </div>
  );
}
