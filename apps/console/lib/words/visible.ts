/**
 * Text from documents, claims and file names may hold characters that the eye cannot see or that turn the order of
 * others around. This splits such text so that a page can show them as what they are.
 */

/** A stretch of plain text, or one hidden character by its code point. */
export type VisiblePart = { readonly text: string } | { readonly hidden: string };

/** Controls but line breaks and tabs, whatever is drawn as nothing or steers its neighbours, and halves of characters. */
const hidden = /[[\p{Cc}--[\t\n\r]]\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gv;

/** Splits text at its hidden characters. Without any, the answer is one part, and none for the empty text. */
export function visibleParts(text: string): readonly VisiblePart[] {
  const parts: VisiblePart[] = [];
  let from = 0;
  for (const match of text.matchAll(hidden)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ hidden: codePoint(match[0]) });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}

/** The same as one string, for attributes: U+202E stands in brackets. */
export function visibleText(text: string): string {
  return visibleParts(text)
    .map((part) => ('text' in part ? part.text : `[${part.hidden}]`))
    .join('');
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
