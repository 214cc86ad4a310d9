"""What somebody begins with who makes a new function."""

_STARTER = '''\
# /// script
# requires-python = ">=3.11"
# dependencies = []                      # packages from PyPI, such as "python-slugify>=8"
# [tool.callingcard]
# description = "Greets somebody"
# connectors = []                        # what it may call, such as ["hubspot"]
# storage = []                           # where it may remember, such as ["tokens"]
# trigger = {{ http = "POST", auth = "key" }}
# timeout = "5s"
# ///
"""{title}: what `main` takes is what callers send, and what it returns is the answer."""


def main(name: str = "world") -> str:
    # What is printed is the log of the run.
    print("greeting somebody")
    return f"Hello, {{name}}!"
'''

_TEST = '''\
"""Runs {name} in the real sandbox: callingcard functions test {name}.py"""


def test_somebody_is_greeted(run_function):
    assert run_function(name="Ada") == "Hello, Ada!"
'''


def starter(name: str) -> str:
    """Return the source of a new function that can be deployed as it is.

    >>> starter("say-hello").splitlines()[10][:12]
    '\"\"\"Say hello'
    """
    return _STARTER.format(title=name.replace("-", " ").capitalize())


def starter_test(name: str) -> str:
    """Return a test of what ``starter`` returns."""
    return _TEST.format(name=name)
