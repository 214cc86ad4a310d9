"""Runs inside the sandbox, with a customer's function; imports nothing of ours.

``start`` is the script that the server starts, with ``python -I -S``. It becomes the
``zygote``: a process that has everything imported, shuts itself in a ``room`` and forks
one ``child`` for each run. The child reads its task from a socket, runs it (``running``),
asks the broker for what it may not do itself (``asking``), writes one result, and ends.

Invariant: a zygote never sees a run's source, arguments or answers; they go from the
server to the child, so that no later child can find them in what it inherits.
"""
