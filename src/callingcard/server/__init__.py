"""The composition root: settings, wiring and HTTP."""
