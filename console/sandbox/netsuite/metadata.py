"""The metadata catalogue: which records there are, and each as OpenAPI with its fields and verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from console.sandbox.netsuite.catalogue import TYPES, RecordType
from console.sandbox.netsuite.fields import Field, Kind

_RECORD = "application/vnd.oracle.resource+json; type="
_FORMATS: Mapping[Kind, Mapping[str, str]] = {
    Kind.TEXT: {"type": "string"},
    Kind.BOOL: {"type": "boolean"},
    Kind.NUMBER: {"type": "number", "format": "double"},
    Kind.INTEGER: {"type": "integer", "format": "int64"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.STAMP: {"type": "string", "format": "date-time"},
    Kind.HOURS: {"type": "string"},
}
_SHARED: Mapping[str, Any] = {
    "nsLink": {"type": "object", "properties": {"rel": {"type": "string"}, "href": {"type": "string"}}},
    "nsResource": {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "refName": {"type": "string", "readOnly": True},
            "externalId": {"type": "string"},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/nsLink"}},
        },
    },
    "nsError": {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "o:errorDetails": {"type": "array", "items": {"type": "object"}},
        },
    },
}


def catalogue_json(base: str, names: Sequence[str]) -> dict[str, Any]:
    """The list of record types with where each is described."""
    root = f"{base}/services/rest/record/v1/metadata-catalog"
    items = [
        {
            "name": name,
            "links": [
                {"rel": "canonical", "href": f"{root}/{name}"},
                {"rel": "describes", "href": f"{base}/services/rest/record/v1/{name}"},
                {"rel": "alternate", "mediaType": "application/swagger+json", "href": f"{root}/{name}"},
            ],
        }
        for name in names
    ]
    return {"links": [{"rel": "self", "href": root}], "items": items}


def openapi_json(base: str, names: Sequence[str]) -> dict[str, Any]:
    """An OpenAPI 3.0.1 document of these record types."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = dict(_SHARED)
    for name in names:
        paths |= _paths(TYPES[name])
        schemas |= _schemas(TYPES[name])
    return {
        "openapi": "3.0.1",
        "info": {"title": "NetSuite REST Record API", "version": "v1"},
        "servers": [{"url": f"{base}/services/rest/record/v1"}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _schemas(kind: RecordType) -> dict[str, Any]:
    properties = {field.name: _schema(field) for field in kind.fields.values()}
    properties["links"] = {"type": "array", "readOnly": True, "items": {"$ref": "#/components/schemas/nsLink"}}
    properties["refName"] = {"type": "string", "readOnly": True}
    made: dict[str, Any] = {}
    for name, fields in kind.sublists.items():
        element = f"{kind.name}-{name}Element"
        properties[name] = {"$ref": f"#/components/schemas/{kind.name}-{name}Collection"}
        made[element] = {"type": "object", "properties": {each.name: _schema(each) for each in fields.values()}}
        made[f"{kind.name}-{name}Collection"] = _collection(element)
    made[kind.name] = {"type": "object", "properties": properties, "x-ns-filterable": sorted(kind.fields)}
    made[f"{kind.name}Collection"] = _collection(kind.name)
    return made


def _schema(field: Field) -> dict[str, Any]:
    if field.kind is Kind.REF:
        return {"$ref": "#/components/schemas/nsResource"}
    if field.kind is Kind.CHOICE:
        choice = {"id": {"type": "string", "enum": list(field.choices)}, "refName": {"type": "string"}}
        return {"type": "object", "title": field.label, "properties": choice}
    if field.kind is Kind.SUBRECORD:
        return {"type": "object", "properties": {each.name: _schema(each) for each in field.parts.values()}}
    return {
        "title": field.label,
        **_FORMATS[field.kind],
        "nullable": True,
        **({"readOnly": True} if field.read_only else {}),
    }


def _collection(element: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/nsLink"}},
            "items": {"type": "array", "items": {"$ref": f"#/components/schemas/{element}"}},
            "totalResults": {"type": "integer"},
            "count": {"type": "integer"},
            "hasMore": {"type": "boolean"},
            "offset": {"type": "integer"},
        },
    }


def _paths(kind: RecordType) -> dict[str, Any]:
    single, many = kind.name, f"{kind.name}Collection"
    here = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    listed = [
        {"name": name, "in": "query", "schema": {"type": shape}}
        for name, shape in (("q", "string"), ("limit", "integer"), ("offset", "integer"))
    ]
    collection: dict[str, Any] = {"get": _verb(kind, "List of records.", "200", many, parameters=listed)}
    instance: dict[str, Any] = {"get": _verb(kind, "Record.", "200", single, parameters=here)}
    if kind.writable:
        collection["post"] = _verb(kind, "Inserted record.", "204", takes=single)
        instance["patch"] = _verb(kind, "Updated record.", "204", takes=single, parameters=here)
        instance["put"] = _verb(kind, "Upserted record.", "204", takes=single, parameters=here)
        instance["delete"] = _verb(kind, "Removed record.", "204", parameters=here)
    return {f"/{kind.name}": collection, f"/{kind.name}/{{id}}": instance}


def _verb(
    kind: RecordType, words: str, status: str, gives: str = "", *, takes: str = "", parameters: Sequence[Any] = ()
) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": words}
    if gives:
        answer["content"] = {f"{_RECORD}singular": {"schema": {"$ref": f"#/components/schemas/{gives}"}}}
    error = {"content": {f"{_RECORD}error": {"schema": {"$ref": "#/components/schemas/nsError"}}}}
    told: dict[str, Any] = {
        "tags": [kind.name],
        "responses": {status: answer, "default": {"description": "Error.", **error}},
    }
    if parameters:
        told["parameters"] = list(parameters)
    if takes:
        told["requestBody"] = {"content": {f"{_RECORD}singular": {"schema": {"$ref": f"#/components/schemas/{takes}"}}}}
    return told
