/**
 * How a catalogue says the verifier's and the gate's codes: a whole sentence where there is one, else a field with what
 * became of it (`date_mismatch`), else whatever the catalogue makes of a text that is no code it knows.
 */

type Said = Readonly<Record<string, string>>;

/** Makes a catalogue's `explainReason`. `otherwise` gets unknown codes, unknown fields, and sentences of others. */
export function reasonsOf(
  { sentences, tails, fields }: { readonly sentences: Said; readonly tails: Said; readonly fields: Said },
  otherwise: (text: string) => string,
): (code: string) => string {
  return (code) => {
    const whole = sentences[code];
    if (whole !== undefined) return whole;
    for (const [tail, said] of Object.entries(tails)) {
      const field = code.endsWith(`_${tail}`) ? code.slice(0, -tail.length - 1) : null;
      if (field !== null) return `${fields[field] ?? otherwise(field)}: ${said}.`;
    }
    return otherwise(code);
  };
}

/** A code as words, a sentence as it is; both begin large. */
export function sentenceCase(text: string): string {
  const plain = /^[a-z0-9]+(_[a-z0-9]+)*$/.test(text) ? text.replaceAll('_', ' ') : text;
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
