"""The community's OpenAPI description of Spotify's Web API, as a judge of requests and answers."""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from tests.servers.spotify import Exchange

VARIABLE = "AFFETTO_SPOTIFY_OPENAPI"
NO_DESCRIPTION = f"{VARIABLE} does not name the OpenAPI description of Spotify's Web API"


def description_path() -> Path | None:
    """The file that AFFETTO_SPOTIFY_OPENAPI names, if it is there."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named and Path(named).is_file() else None


class Description:
    """OpenAPI 3.0 over JSON Schema: ``nullable`` is translated, everything else is the same."""

    def __init__(self, path: Path) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._root = _translated(yaml.load(path.read_bytes(), Loader=loader))

    @cached_property
    def _paths(self) -> list[tuple[re.Pattern[str], dict[str, Any]]]:
        """Patterns of paths, those without a variable first."""
        paths = sorted(self._root["paths"].items(), key=lambda item: item[0].count("{"))
        return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), item) for path, item in paths]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """What is said of a method on a path below /v1; None where it is not described."""
        for pattern, item in self._paths:
            if pattern.fullmatch(path) and method.lower() in item:
                return item[method.lower()]
        return None

    def faults(self, exchange: Exchange) -> list[str]:
        """Everything in a request and its answer that the description does not allow."""
        path = exchange.path.removeprefix("/v1")
        operation = self.operation(exchange.method, path)
        if operation is None:
            return [f"{exchange.method} {path} is not described"]
        found = [f"{exchange.method} {path} is deprecated"] if operation.get("deprecated") else []
        found += self._parameter_faults(operation, exchange.query)
        found += self._sent_faults(operation, exchange.sent)
        return found + self._answer_faults(operation, exchange)

    def _parameter_faults(self, operation: dict[str, Any], query: dict[str, str]) -> list[str]:
        known = [self._resolved(p) for p in operation.get("parameters") or []]
        described = {p["name"]: p for p in known if p["in"] == "query"}
        found = [f"parameter {name} is not described" for name in query.keys() - described.keys()]
        for name, parameter in described.items():
            schema = self._resolved(parameter.get("schema") or {})
            if name in query:
                found += self._schema_faults(schema, _typed(query[name], schema))
            elif parameter.get("required"):
                found.append(f"parameter {name} is missing")
        return found

    def _sent_faults(self, operation: dict[str, Any], sent: Any) -> list[str]:
        body = self._resolved(operation.get("requestBody") or {})
        if not body:
            return [] if sent is None else ["a body is sent, and none is described"]
        return self._schema_faults(body["content"]["application/json"]["schema"], sent)

    def _answer_faults(self, operation: dict[str, Any], exchange: Exchange) -> list[str]:
        answer = operation["responses"].get(str(exchange.status))
        if answer is None:  # an error that is described nowhere still has Spotify's form
            answer = {"$ref": "#/components/responses/Forbidden"}
            if exchange.status < 400:
                return [f"status {exchange.status} is not described"]
        content = self._resolved(answer).get("content")
        if not content:
            return [] if exchange.body is None else ["an answer has a body that is not described"]
        return self._schema_faults(content["application/json"]["schema"], exchange.body)

    def _schema_faults(self, schema: dict[str, Any], value: Any) -> list[str]:
        schema = {**schema, "components": self._root["components"]}
        errors = jsonschema.Draft7Validator(schema).iter_errors(value)
        return [f"{error.json_path}: {error.message[:200]}" for error in errors]

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            node: Any = self._root
            for step in part["$ref"].removeprefix("#/").split("/"):
                node = node[step]
            part = node
        return part


def _translated(node: Any) -> Any:
    """``nullable: true`` in the words of JSON Schema; texts that are no schema stay."""
    if isinstance(node, list):
        return [_translated(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    translated = {name: _translated(value) for name, value in node.items()}
    if translated.pop("nullable", False) is True and isinstance(translated.get("type"), str):
        translated["type"] = [translated["type"], "null"]
    return translated


def _typed(text: str, schema: dict[str, Any]) -> Any:
    """A parameter's text as the type that its schema names."""
    if schema.get("type") == "integer":
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    return text.split(",") if schema.get("type") == "array" else text
