"""Where every table of functions is declared."""

from typing import Final

from callingcard.backends.database import new_metadata

metadata: Final = new_metadata()
