"""Where the desk's tables are declared, for the stores and the migrations alone."""

from callingcard.backends.database import new_metadata

metadata = new_metadata()
