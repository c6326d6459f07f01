/**
 * Text that came from documents, claims, models or file names: only ever text, kept from turning the line around it, with
 * characters that hide shown by their code points.
 */
import { Fragment, type ReactElement } from 'react';
import { type VisiblePart, visibleParts } from '../lib/words/visible.ts';
import { HiddenCharacter } from './hidden-character.tsx';

export function Plain({ text }: { readonly text: string }): ReactElement {
  return (
    <bdi>
      {visibleParts(text).map((part, at) => (
        <Fragment key={keyOf(part, at)}>{shown(part)}</Fragment>
      ))}
    </bdi>
  );
}

/** The parts of one text never move, so their place is their name. */
function keyOf(_part: VisiblePart, at: number): string {
  return `part-${at}`;
}

function shown(part: VisiblePart): ReactElement | string {
  return 'text' in part ? part.text : <HiddenCharacter code={part.hidden} />;
}
