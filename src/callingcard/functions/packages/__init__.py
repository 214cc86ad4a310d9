"""The packages that functions ask for, one environment for each set."""
