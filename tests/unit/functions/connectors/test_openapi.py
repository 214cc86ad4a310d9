"""Operations, types and stubs out of OpenAPI documents, good and bad."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from callingcard.functions.connectors.definition import read_connector
from callingcard.functions.connectors.documents.openapi import read_document
from callingcard.functions.connectors.drift import changes
from callingcard.functions.connectors.stubs import stub_of
from callingcard.functions.connectors.workshop import built_in
from callingcard.functions.model.connectors import Connector
from callingcard.functions.service.connecting.connector_errors import DocumentRefused

PERSON = {
    "type": "object",
    "required": ["id", "kind"],
    "properties": {
        "id": {"type": "integer"},
        "kind": {"enum": ["person", "robot"]},
        "nick": {"type": "string", "nullable": True},
        "in": {"type": "string"},
        "born-at": {"type": "string"},
        "list": {"type": "array", "items": {"type": "string"}},
        "friends": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "score": {"oneOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]},
        "home": {"allOf": [{"$ref": "#/components/schemas/Place"}]},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "People", "version": "1"},
    "paths": {
        "/people/{personId}": {
            "parameters": [
                {
                    "name": "personId",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string"},
                }
            ],
            "get": {
                "operationId": "getPerson",
                "summary": 'Look """somebody""" up \\',
                "parameters": [
                    {"name": "from", "in": "query", "schema": {"type": "string"}},
                    {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                    {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
                    {
                        "name": "fields",
                        "in": "query",
                        "explode": False,
                        "schema": {"type": "array", "items": {"type": "string"}},
                    },
                ],
                "responses": {"200": {"$ref": "#/components/responses/One"}},
            },
            "delete": {"responses": {"204": {"description": "gone"}}},
            "patch": {
                "operationId": "getPerson",
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {"person_id": {"type": "string"}},
                            }
                        }
                    }
                },
                "responses": {"200": {"content": {"application/json": {"schema": True}}}},
            },
        },
        "/people": {
            "get": {
                "operationId": "list",
                "responses": {
                    "200": {
                        "content": {
                            "application/json; charset=utf-8": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Person"},
                                }
                            }
                        }
                    }
                },
            },
            "post": {
                "operationId": "people.create-one",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "allOf": [
                                    {"$ref": "#/components/schemas/Place"},
                                    {
                                        "type": "object",
                                        "required": ["firstName"],
                                        "properties": {
                                            "firstName": {"type": ["string", "null"]},
                                            "class": {"type": "string"},
                                            "id": {"type": "integer", "readOnly": True},
                                        },
                                    },
                                ]
                            }
                        }
                    },
                },
                "responses": {"201": {"$ref": "#/components/responses/One"}},
            },
            "put": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"type": "array", "items": {"type": "string"}}
                        }
                    },
                },
                "responses": {"200": {"content": {"text/csv": {}}}},
            },
        },
        "/upload": {
            "post": {
                "operationId": "upload",
                "requestBody": {"content": {"multipart/form-data": {}}},
                "responses": {},
            }
        },
    },
    "components": {
        "responses": {
            "One": {
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Person"}}
                }
            }
        },
        "schemas": {
            "Person": PERSON,
            "Place": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    },
}


def people(document: dict[str, Any] | None = None) -> Connector:
    """Return the connector of a document."""
    text = json.dumps(DOCUMENT if document is None else document)
    return read_connector("people", {"base_url": "https://people.example"}, text)


def changed(**paths: Any) -> dict[str, Any]:
    """Return the document with some paths replaced."""
    return {**DOCUMENT, "paths": {**DOCUMENT["paths"], **paths}}


def test_operations_are_called_in_snake_case_and_each_once():
    """The id counts, else method and path; one that comes twice is numbered."""
    assert [(one.name, one.method) for one in people().operations.values()] == [
        ("get_person", "GET"),
        ("get_person_2", "PATCH"),
        ("delete_people_person_id", "DELETE"),
        ("list", "GET"),
        ("people_create_one", "POST"),
        ("put_people", "PUT"),
    ]


def test_parameters_are_keyword_arguments():
    """Path first since it must be given; keywords get a dash, and ours are left out."""
    operation = people().operations["get_person"]
    told = [(p.name, p.wire, p.place, p.annotation, p.explode) for p in operation.parameters]
    assert told == [
        ("person_id", "personId", "path", "str", True),
        ("from_", "from", "query", "str", True),
        ("x_trace", "X-Trace", "header", "str", True),
        ("fields", "fields", "query", "Sequence[str]", False),
    ]


def test_the_members_of_a_body_are_arguments_of_their_own():
    """All parts of an allOf count; what only the service sets is left out."""
    operation = people().operations["people_create_one"]
    told = {p.name: (p.wire, p.place, p.annotation, p.required) for p in operation.parameters}
    assert told == {
        "first_name": ("firstName", "body", "str | None", True),
        "city": ("city", "body", "str", False),
        "class_": ("class", "body", "str", False),
    }


def test_a_body_that_cannot_be_taken_apart_is_one_argument():
    """No object, or a member of another parameter's name: there is one ``body``."""
    operations = people().operations
    assert [(p.name, p.place) for p in operations["put_people"].parameters] == [
        ("body", "whole")
    ]
    assert [(p.name, p.place) for p in operations["get_person_2"].parameters] == [
        ("person_id", "path"),
        ("body", "whole"),
    ]


def test_results_are_typed_to_the_last_member():
    """References go round, names that are no attributes stay items, null is None."""
    made = people()
    assert {name: one.result for name, one in made.operations.items()} == {
        "get_person": "Person",
        "get_person_2": "Any",
        "delete_people_person_id": "None",
        "list": "list[Person]",
        "put_people": "str",
        "people_create_one": "Person",
    }
    (person, place) = made.classes
    assert {one.name: one.annotation for one in person.members} == {
        "id": "int",
        "kind": "Literal['person', 'robot']",
        "nick": "str | None",
        "list": "list[str]",
        "friends": "list[Person]",
        "labels": "Map[str]",
        "score": "float | str | None",
        "home": "Place",
    }
    assert place.name == "Place"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "openapi: 3.0.0",
        "[]",
        '{"swagger": "2.0"}',
        '{"openapi": 3}',
        "[" * 100_000,
        '{"openapi": "3.0.0", "x": "' + "y" * (4 * 1024 * 1024) + '"}',
    ],
)
def test_what_is_no_document_is_refused(text: str):
    """YAML, Swagger 2, nonsense and too much are each refused with a remedy."""
    with pytest.raises(DocumentRefused) as refused:
        read_document(text)
    assert refused.value.hint


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/A"},
        {"$ref": "https://elsewhere.example/x.json"},
        {"$ref": "#/nowhere"},
        {"type": "array", "items": {"$ref": "#/components/schemas/B"}},
        {"oneOf": [{"$ref": "#/components/schemas/C"}] * 40},
        {"allOf": [{"$ref": "#/components/schemas/D"}] * 40},
        {"type": "object", "properties": {"a": 3, "b": None, "c": []}},
        {"enum": [1.5, {"a": 1}]},
        {"enum": ["a\nb"]},
        {"type": 7, "enum": "no", "allOf": "no", "required": 3, "properties": []},
        True,
        None,
    ],
)
def test_a_strange_schema_ends_as_any_or_better(schema: Any):
    """References that go round, lead nowhere or multiply end, and soon."""
    document = changed(
        **{
            "/odd": {
                "get": {
                    "operationId": "odd",
                    "responses": {
                        "200": {"content": {"application/json": {"schema": schema}}}
                    },
                },
                "post": {
                    "operationId": "odd_body",
                    "requestBody": {"content": {"application/json": {"schema": schema}}},
                    "responses": {},
                },
            }
        }
    )
    document["components"] = {
        **DOCUMENT["components"],
        "schemas": {
            **DOCUMENT["components"]["schemas"],
            "A": {"$ref": "#/components/schemas/A"},
            "B": {"type": "array", "items": {"$ref": "#/components/schemas/B"}},
            "C": {"anyOf": [{"$ref": "#/components/schemas/C"}] * 40},
            "D": {"allOf": [{"$ref": "#/components/schemas/D"}] * 40},
        },
    }
    began = time.monotonic()
    made = people(document)
    compile(stub_of(made), "stub.pyi", "exec")
    assert time.monotonic() - began < 5
    assert made.operations["odd"].result
    assert "odd_body" in made.operations


def large() -> dict[str, Any]:
    """Return a document of more than a megabyte."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for n in range(900):
        properties = {
            f"member{i}": {"type": "string", "description": "words " * 8} for i in range(15)
        }
        following = {"$ref": f"#/components/schemas/S{(n + 1) % 900}"}
        schemas[f"S{n}"] = {"type": "object", "properties": {**properties, "next": following}}
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/S{n}"}}}
        paths[f"/s/{n}"] = {
            "post": {
                "operationId": f"make{n}",
                "requestBody": {"required": True, "content": content},
                "responses": {"200": {"content": content}},
            }
        }
    return {"openapi": "3.0.3", "paths": paths, "components": {"schemas": schemas}}


def test_a_megabyte_takes_less_than_five_seconds():
    """The largest documents of well-known services are about this long."""
    document = large()
    assert len(json.dumps(document)) > 1_000_000
    began = time.monotonic()
    made = people(document)
    text = stub_of(made)
    assert time.monotonic() - began < 5
    assert (len(made.operations), len(made.classes)) == (900, 900)
    assert "def make899(" in text


def test_a_stub_hides_nothing_of_python():
    """An operation called ``list`` does not change what ``list[…]`` means after it."""
    text = stub_of(people())
    assert "def list() -> builtins.list[Person]:" in text
    assert "Literal['person', 'robot']" in text
    assert "def get_person(*, person_id: str, from_: str | None = None" in text


def pyrefly(folder: Path, source: str) -> list[tuple[int, str]]:
    """Return what pyrefly finds in *source*, beside the stubs in *folder*."""
    (folder / "main.py").write_text(source)
    (folder / "pyrefly.toml").write_text(
        'project-includes = ["main.py", "connectors/*.pyi"]\n'
    )
    program = Path(sys.executable).parent / "pyrefly"
    done = subprocess.run(
        [program, "check", "--output-format", "json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = json.loads(done.stdout)["errors"]
    return [(one["line"], f"{Path(one['path']).name}: {one['description']}") for one in found]


def written(folder: Path, *connectors: Connector) -> Path:
    """Write the stubs of *connectors* into *folder*."""
    package = folder / "connectors"
    package.mkdir()
    (package / "__init__.pyi").write_text("")
    for one in connectors:
        (package / f"{one.name}.pyi").write_text(stub_of(one))
    return folder


USE = """\
from connectors import hubspot, people

made = hubspot.create_token(email="a@example.com", first_name="Ada")
token: str = made.token
person = people.get_person(person_id="1")
names: list[str] = [one.kind for one in person.friends]
city: str = person.home.city
label: str = person.labels.anything
raw = people.get("/people", query={"limit": 1}).whatever
item = person["born-at"]
"""

MISUSE = """\
from connectors import hubspot, people

hubspot.create_token(first_name="Ada")
hubspot.create_token(email=3)
hubspot.create_tokens(email="a@example.com")
hubspot.create_token(email="a@example.com").tokn
number: int = people.get_person(person_id="1").kind
"""


def test_stubs_pass_a_type_checker_and_find_mistakes(tmp_path: Path):
    """Right code has no finding; each wrong line has one, and the stubs have none."""
    folder = written(tmp_path, read_connector("hubspot", built_in()["hubspot"]), people())
    assert pyrefly(folder, USE) == []
    assert sorted({line for line, _ in pyrefly(folder, MISUSE)}) == [3, 4, 5, 6, 7]


def test_every_built_in_and_a_large_stub_pass_a_type_checker(tmp_path: Path):
    """What the product brings, and a thousand generated operations, are free of findings."""
    made = [
        read_connector(
            name, {**one, **({"base_url": "https://x.example"} if name == "http" else {})}
        )
        for name, one in built_in().items()
    ]
    assert (
        pyrefly(written(tmp_path, *made, people(large())), "import connectors.people\n") == []
    )


def test_jedi_completes_results(tmp_path: Path):
    """Completion offers operations, and the members of what they return."""
    import jedi

    folder = written(tmp_path, read_connector("hubspot", built_in()["hubspot"]), people())
    project = jedi.Project(folder, sys_path=[str(folder), *sys.path])

    def offered(source: str) -> set[str]:
        return {one.name for one in jedi.Script(source, project=project).complete()}

    start = "from connectors import hubspot, people\n"
    assert {"create_token", "search_contacts", "get"} <= offered(f"{start}hubspot.")
    assert "token" in offered(f"{start}made = hubspot.create_token(email='')\nmade.")
    assert "city" in offered(f"{start}people.get_person(person_id='').friends[0].home.")
    assert "email=" in offered(f"{start}hubspot.create_token(em")


def test_drift_is_told_in_sentences():
    """What was removed, renamed, made necessary or given another type is each a line."""
    operation = {
        "operationId": "create_token",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["email"],
                        "properties": {
                            "email": {"type": "string"},
                            "hsCustomerAgentContext": {"type": "object"},
                        },
                    }
                }
            },
        },
        "responses": {
            "200": {
                "content": {
                    "application/json": {
                        "schema": {
                            "type": "object",
                            "required": ["token"],
                            "properties": {"token": {"type": "string"}},
                        }
                    }
                }
            }
        },
    }
    newer = json.loads(json.dumps(operation))
    schema = newer["requestBody"]["content"]["application/json"]["schema"]
    schema["required"].append("hsCustomerAgentContext")
    answer = newer["responses"]["200"]["content"]["application/json"]["schema"]
    answer["properties"] = {"token": {"type": "integer"}}

    def of(path: str, one: Any, **more: Any) -> Connector:
        return people({"openapi": "3.0.0", "paths": {path: {"post": one}, **more}})

    gone = {"/old": {"get": {"operationId": "old", "responses": {}}}}
    dated = {"/x/v3/y": {"get": {"responses": {}}}}
    redated = {"/x/2026-09/y": {"get": {"responses": {}}}}
    old = of("/tokens/v3/create", operation, **gone, **dated)
    new = of("/tokens/2026-09/create", newer, **redated)
    assert changes(old, new) == (
        "old: operation removed",
        "get_x_v3_y: is now called get_x_2026_09_y",
        "get_x_2026_09_y: GET /x/v3/y → GET /x/2026-09/y",
        "create_token: POST /tokens/v3/create → POST /tokens/2026-09/create",
        "create_token: parameter hs_customer_agent_context is now required",
        "create_token: result token: str → int",
    )
    assert changes(old, old) == ()
