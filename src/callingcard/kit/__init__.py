"""Pure helpers that know no domain."""
