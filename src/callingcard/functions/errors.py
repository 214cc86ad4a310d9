"""What can go wrong with functions; sorted like every error by who can fix it.

* FunctionFailed (FunctionError, the function's author): Raised, TimedOut, OutOfMemory,
  Crashed, OutputRefused
* UnknownFunction, UnknownVersion, UnknownRun (NotFound)
* SandboxUnavailable (UpstreamError): nothing can be run on this machine
"""

from callingcard.errors import FunctionError, NotFound, UpstreamError


class Raised(FunctionError):
    """The function raised an exception; its author sees it in the run."""

    code = "functions.raised"


class TimedOut(FunctionError):
    """The function took longer than it may."""

    code = "functions.timed_out"


class OutOfMemory(FunctionError):
    """The function needed more memory than it may use."""

    code = "functions.out_of_memory"


class Crashed(FunctionError):
    """The function's process died before it had returned anything."""

    code = "functions.crashed"


class OutputRefused(FunctionError):
    """The function returned more than it may, or something that is not JSON."""

    code = "functions.output_refused"


class UnknownFunction(NotFound):
    """No function of this name is deployed."""

    code = "functions.unknown_function"


class UnknownVersion(NotFound):
    """The function has no such version."""

    code = "functions.unknown_version"


class UnknownRun(NotFound):
    """There is no such run, or history has let go of it."""

    code = "functions.unknown_run"


class SandboxUnavailable(UpstreamError):
    """This machine cannot keep customers' code apart well enough to run it."""

    code = "functions.sandbox_unavailable"
