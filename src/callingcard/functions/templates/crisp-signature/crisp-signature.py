# /// script
# requires-python = ">=3.11"
# dependencies = []
# [tool.callingcard]
# description = "Signs the address of whoever is signed in, for Crisp's chatbox"
# connectors = ["crisp"]
# trigger = { http = "POST", auth = "visitor" }
# on_error = "anonymous"     # without a signature the chat still opens, for a stranger
# ///
"""Answers with what Crisp's `user:email` takes: the address, and its signature."""

import visitor
from connectors import crisp


def main() -> list[str] | None:
    if not visitor.email:
        return None  # signed in, but with no address that anybody proved
    # Crisp compares letter by letter, so the page has to use the address that was signed.
    return [visitor.email, crisp.sign(text=visitor.email)]
