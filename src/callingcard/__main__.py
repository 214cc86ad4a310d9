"""``python -m callingcard`` is the ``callingcard`` command."""

from callingcard.cli.main import run

if __name__ == "__main__":
    run()
