"""What can be wrong with a connector itself, before any call.

* DefinitionRefused, DocumentRefused (Invalid): ``fields`` says where and why
* UnknownConnector (NotFound)
* ConnectorInUse (Conflict): functions declare it
"""

from callingcard.errors import Conflict, Invalid, NotFound


class DefinitionRefused(Invalid):
    """The definition of a connector is not one; *fields* names each member and the reason."""

    code = "functions.connector_definition"


class DocumentRefused(Invalid):
    """The OpenAPI document cannot be used."""

    code = "functions.connector_document"


class UnknownConnector(NotFound):
    """No connector of this name was added."""

    code = "functions.unknown_connector"


class ConnectorInUse(Conflict):
    """Functions declare the connector, so it stays."""

    code = "functions.connector_in_use"
