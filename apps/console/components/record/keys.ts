'use client';
/** Single-letter keys for the whole page. They rest while somebody types, holds a modifier, or a dialog is open. */

/** Listens until the returned function is called. Letters are given in lower case. */
export function onKey(keys: Readonly<Record<string, () => unknown>>): () => void {
  function listen(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
    const target = event.target as HTMLElement | null;
    const typing = target?.matches?.(
      'textarea, select, [contenteditable], input:not([type="radio"], [type="checkbox"])',
    );
    if (typing || document.querySelector('dialog[open]') !== null) return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
  document.addEventListener('keydown', listen);
  return () => document.removeEventListener('keydown', listen);
}
