"""From a source to a version that counts: the block at its head, packages, publishing."""
