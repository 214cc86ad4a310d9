"""What a deploy is refused for; the findings say where in the source.

Here and not in ``functions.errors``, because findings are of the model above it.
"""

from collections.abc import Sequence

from callingcard.errors import Conflict, Invalid, NotFound, UpstreamError
from callingcard.functions.model.findings import Finding


class SourceRefused(Invalid):
    """A function's source cannot be deployed as it is; *findings* say where and why."""

    code = "functions.source_refused"

    def __init__(self, findings: Sequence[Finding], *, hint: str = "") -> None:
        first = findings[0]
        fields = {f"line {found.line}": found.message for found in reversed(findings)}
        super().__init__(
            f"line {first.line}: {first.message}",
            fields=fields if findings[1:] else {},
            hint=hint,
        )
        self.findings = tuple(findings)


class PackagesRefused(Invalid):
    """The packages that a function asks for cannot be had."""

    code = "functions.packages_refused"


class PackagesUnreachable(UpstreamError):
    """Packages cannot be resolved or fetched now: no index, no uv, or no time."""

    code = "functions.packages_unreachable"


class ConnectorMissing(Conflict):
    """The function declares a connector that is not installed."""

    code = "functions.connector_missing"


class NameTaken(Conflict):
    """There is a function or a draft of this name already."""

    code = "functions.name_taken"


class ConsentMissing(Conflict):
    """A template is installed only by somebody who agreed to what it asks for."""

    code = "functions.consent_missing"


class UnknownTemplate(NotFound):
    """There is no such template."""

    code = "functions.unknown_template"


class UnknownDeploy(NotFound):
    """There is no such deploy, or it is long over."""

    code = "functions.unknown_deploy"
