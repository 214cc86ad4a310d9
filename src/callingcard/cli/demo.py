"""``callingcard demo``: everything at once, with a shop to try it in."""

from typing import Annotated

import typer

from callingcard.cli.output import run


def demo(
    port: Annotated[
        int,
        typer.Option(help="Callingcard's port; the shop takes the next.", min=1, max=65534),
    ] = 8400,
) -> None:
    """Start the product and a small shop that uses it; no account anywhere."""
    from callingcard.demo.run import run_demo

    run(run_demo(port))
