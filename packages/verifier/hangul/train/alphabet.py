"""How text is spelt for the line reader: a syllable is its initial, vowel and final, so that 67 classes write all
11,172 syllables; then digits, Latin letters and signs. Class 0 is CTC's blank; spaces are not read.
src/read/hangul-alphabet.ts is the same table for the product."""

INITIALS, VOWELS, FINALS = 19, 21, 27
FIRST_SIGN = 1 + INITIALS + VOWELS + FINALS
LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SIGNS = "0123456789" + LATIN + ".,-()/:&%'\"~*#+[]<>@=_·₩㈜!?"
CLASSES = FIRST_SIGN + len(SIGNS)

_class_of = {sign: FIRST_SIGN + index for index, sign in enumerate(SIGNS)}


def encode(text):
    """Classes of a text; signs outside the alphabet fall away."""
    classes = []
    for sign in text:
        place = ord(sign) - 0xAC00
        if 0 <= place < 11172:
            initial, rest = divmod(place, 588)
            vowel, final = divmod(rest, 28)
            classes += [1 + initial, 1 + INITIALS + vowel]
            if final:
                classes.append(INITIALS + VOWELS + final)
        elif sign in _class_of:
            classes.append(_class_of[sign])
    return classes


def decode(classes):
    """Text of a sequence of classes without blanks; a jamo that makes no syllable is shown as a question mark."""
    text, at = "", 0
    while at < len(classes):
        initial = classes[at]
        vowel = classes[at + 1] if at + 1 < len(classes) else 0
        if 1 <= initial <= INITIALS and INITIALS < vowel <= INITIALS + VOWELS:
            final = classes[at + 2] - INITIALS - VOWELS if at + 2 < len(classes) else 0
            has_final = 1 <= final <= FINALS
            text += chr(0xAC00 + (initial - 1) * 588 + (vowel - 1 - INITIALS) * 28 + (final if has_final else 0))
            at += 3 if has_final else 2
        else:
            text += SIGNS[initial - FIRST_SIGN] if initial >= FIRST_SIGN else "?"
            at += 1
    return text


def collapse(steps):
    """Best class of each step to a sequence: repeats and blanks fall away."""
    return [here for here, before in zip(steps, [0] + steps[:-1]) if here and here != before]
