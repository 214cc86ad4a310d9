"""Who is signed in: one file per kind of proof."""
