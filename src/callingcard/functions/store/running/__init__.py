"""The history of runs: written in batches, looked at, kept within bounds."""
