"""A server that loads its app and then forks: ``python -m tests.support.forking URL CACHE``.

The parent gets a token, then each of three children gets one for the same person and one
for a person of its own, all at once. Prints who got what.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from callingcard import Issuer, Visitor
from callingcard.platforms import HubSpot


def ask(issuer: Issuer, name: str) -> str:
    """Return the token of *name*."""
    return issuer.issue(Visitor(f"{name}@example.com", email_verified=True)).value


def child(issuer: Issuer, number: int, pipe: int) -> None:
    """Ask in a forked process, and send what came of it to the parent."""
    names = ["shared", *(f"own-{number}-{n}" for n in range(5))]
    with ThreadPoolExecutor(6) as pool:
        found = dict(zip(names, pool.map(lambda name: ask(issuer, name), names), strict=True))
    os.write(pipe, json.dumps(found).encode())
    os._exit(0)


def main(url: str, cache: str) -> None:
    """Fork, and print what parent and children got."""
    issuer = Issuer(HubSpot(access_token="pat-x", base_url=url), cache=cache)
    before = ask(issuer, "parent")
    ends: list[tuple[int, int]] = []
    for number in range(3):
        read, write = os.pipe()
        process = os.fork()
        if not process:
            child(issuer, number, write)
        os.close(write)
        ends.append((process, read))
    found = []
    for process, read in ends:
        os.waitpid(process, 0)
        with os.fdopen(read) as pipe:
            found.append(json.loads(pipe.read()))
    print(json.dumps({"before": before, "after": ask(issuer, "late"), "children": found}))
    issuer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
