'use client';
/** Picks documents by dialog or by dropping them, and shows what was picked. */
import { type DragEvent, type ReactElement, useId, useRef, useState } from 'react';
import { Icon } from '../icons.tsx';
import { Plain } from '../plain.tsx';
import { useWords } from '../words-provider.tsx';
import type { Limits } from './check-files.ts';

export function FileField(props: {
  readonly files: readonly File[];
  readonly limits: Limits;
  readonly wrong: string | null;
  readonly onChange: (files: readonly File[]) => void;
}): ReactElement {
  const { w, f } = useWords();
  const { files, limits } = props;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);

  function add(list: FileList | null): void {
    props.onChange([...files, ...(list ?? [])]);
    if (input.current !== null) input.current.value = '';
  }

  function drop(event: DragEvent): void {
    event.preventDefault();
    setOver(false);
    add(event.dataTransfer.files);
  }

  return (
    <div className="field">
      <span className="label" id={`${id}-label`}>
        {w.intake.files}
      </span>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button inside is the first */}
      <div
        className="drop"
        data-over={over}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <input
          ref={input}
          id={id}
          className="visually-hidden"
          type="file"
          multiple
          accept="image/jpeg,image/png,image/webp,application/pdf"
          aria-labelledby={`${id}-label`}
          aria-describedby={`${id}-hint ${id}-wrong`}
          aria-invalid={props.wrong !== null}
          tabIndex={-1}
          onChange={(event) => add(event.currentTarget.files)}
        />
        <button type="button" className="button" onClick={() => input.current?.click()}>
          <Icon name="file" size={17} />
          {w.intake.choose}
        </button>
        <span className="key-hint">{w.intake.drop}</span>
        <span id={`${id}-hint`} className="hint">
          {w.intake.accepted}{' '}
          {w.intake.limits(f.number(limits.filesMax), f.bytes(limits.fileBytesMax), f.bytes(limits.bytesMax))}
        </span>
      </div>
      <ul className="grid">
        {files.map((file, at) => (
          <li key={at} className="flex items-center gap-2 border-line border-b py-1.5">
            <Icon name="file" size={16} />
            <span className="min-w-0 flex-1">
              <Plain text={file.name} />
            </span>
            <span className="quiet small whitespace-nowrap">{f.bytes(file.size)}</span>
            <button
              type="button"
              className="button plain slim"
              aria-label={w.intake.remove(file.name)}
              onClick={() => props.onChange(files.filter((_, other) => other !== at))}
            >
              <Icon name="cross" size={15} />
            </button>
          </li>
        ))}
      </ul>
      <span id={`${id}-wrong`} className="wrong" role="alert">
        {props.wrong}
      </span>
    </div>
  );
}
