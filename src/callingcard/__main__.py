"""``callingcard`` and ``python -m callingcard``: the command line, where it is installed."""

import sys


def run() -> None:
    """Run the command line, or say which part of the package it needs."""
    try:
        from callingcard.cli.main import run as run_command
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("callingcard"):
            raise
        sys.stderr.write(
            "This is the library alone. The command line comes with the service:\n"
            "    pip install 'callingcard[server]'\n"
        )
        sys.exit(2)
    run_command()


if __name__ == "__main__":
    run()
