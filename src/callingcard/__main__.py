"""``callingcard`` and ``python -m callingcard``: the command line, where it is installed."""

import gc
import sys


def run() -> None:
    """Run the command line, or say which part of the package it needs.

    Loading modules makes no garbage, and looking for some costs a tenth of the start;
    ``cli.output.run`` switches the collector on again before a command's work.
    """
    gc.disable()
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
