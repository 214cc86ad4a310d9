"""The sites that are served: where they are set up, built, watched and exchanged."""
