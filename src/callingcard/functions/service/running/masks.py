"""Masks known values wherever they turn up in a text, in a time that grows with the text.

However many values there are, however long, and however alike, a place in the text is
looked at a bounded number of times: long values are cut into pieces, and pieces are looked
up, not compared. So no function can hold everybody up by what it calls a secret.

Invariant: a value that was added is masked wherever it stands, whole or from its start.
Invariant: where there are more values than can be known, no text is shown at all.
"""

from typing import Final

from callingcard.kit.log import REDACTED

SHORTEST: Final = 6
"""Shorter values are not masked elsewhere: ``"yes"`` would take half a log with it."""
_PIECE: Final = 24
_MOST_PIECES: Final = 50_000
_TOO_MANY: Final = "[not kept: there were too many secrets to look for]"


class Mask:
    """Knows values, and hides them.

    >>> mask = Mask()
    >>> mask.add("opaque")
    >>> mask.over("an opaque value")
    'an [redacted] value'
    """

    def __init__(self) -> None:
        self._pieces: set[str] = set()
        self._lengths: dict[str, tuple[int, ...]] = {}
        """How long the pieces are that begin with these six letters, the longest first."""
        self._full = False

    def __bool__(self) -> bool:
        """Say whether there is anything to hide."""
        return bool(self._pieces)

    def add(self, value: str) -> None:
        """Hide *value* from now on."""
        if len(value) <= _PIECE:
            self._add_piece(value)
            return
        for at in range(0, len(value) - _PIECE, _PIECE):
            self._add_piece(value[at : at + _PIECE])
        self._add_piece(value[-_PIECE:])

    def over(self, text: str) -> str:
        """Return *text* with what is known masked."""
        if self._full and text:
            return _TOO_MANY
        if not self._pieces:
            return text
        kept: list[str] = []
        shown = hidden = 0  # where what was not looked at yet began, and what is hidden ends
        lengths, pieces = self._lengths, self._pieces
        places = range(len(text) - SHORTEST + 1)
        for at in [at for at in places if text[at : at + SHORTEST] in lengths]:
            for length in lengths[text[at : at + SHORTEST]]:
                if text[at : at + length] in pieces:
                    if at > hidden or not kept:
                        kept += text[shown:at], REDACTED
                    shown = hidden = max(hidden, at + length)
                    break
        return "".join([*kept, text[shown:]])

    def _add_piece(self, piece: str) -> None:
        if len(piece) < SHORTEST or piece in self._pieces:
            return
        if len(self._pieces) >= _MOST_PIECES:
            self._full = True
            return
        self._pieces.add(piece)
        start, length = piece[:SHORTEST], len(piece)
        known = self._lengths.get(start, ())
        if length not in known:
            self._lengths[start] = tuple(sorted({*known, length}, reverse=True))
