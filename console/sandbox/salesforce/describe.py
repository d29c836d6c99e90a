"""Describes the org's objects and fields as clients expect to find them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from console.sandbox.salesforce.schema import Field, SObject

_SOAP = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "int": "xsd:int",
    "currency": "xsd:double",
    "double": "xsd:double",
    "percent": "xsd:double",
    "address": "urn:address",
}
_NEVER_EMPTY = {
    "CreatedById",
    "CreatedDate",
    "LastModifiedById",
    "LastModifiedDate",
    "Name",
    "OwnerId",
    "SystemModstamp",
}


def field_of(field: Field) -> dict[str, Any]:
    """One field in full."""
    refers = field.kind == "reference"
    return {
        "aggregatable": field.kind not in ("address", "textarea"),
        "autoNumber": False,
        "byteLength": field.length * 3 if field.kind not in ("id", "reference") else 18,
        "calculated": False,
        "calculatedFormula": None,
        "caseSensitive": False,
        "controllerName": None,
        "createable": field.create,
        "custom": field.custom,
        "defaultValue": False if field.kind == "boolean" else None,
        "defaultedOnCreate": field.kind == "boolean" or not field.create,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": field.digits - field.scale if field.kind == "int" else 0,
        "externalId": field.external,
        "filterable": field.kind not in ("address",) and field.length < 32000,
        "groupable": not field.is_number or field.kind == "int",
        "idLookup": field.kind == "id" or field.external,
        "inlineHelpText": None,
        "label": field.label,
        "length": field.length,
        "name": field.name,
        "nameField": field.name == "Name",
        "nillable": not (field.required or field.kind in ("id", "boolean") or field.name in _NEVER_EMPTY),
        "picklistValues": [_choice(each) for each in field.choices],
        "precision": field.digits if field.is_number and field.kind != "int" else 0,
        "referenceTo": [field.to] if refers else [],
        "relationshipName": field.relation if refers else None,
        "restrictedPicklist": field.strict,
        "scale": field.scale if field.is_number and field.kind != "int" else 0,
        "soapType": _SOAP.get(field.kind, "xsd:string"),
        "sortable": field.kind != "address" and field.length < 32000,
        "type": field.kind,
        "unique": field.unique,
        "updateable": field.update,
        "writeRequiresMasterRead": False,
    }


def _choice(value: str) -> dict[str, Any]:
    return {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value}


def brief(shape: SObject, root: str) -> dict[str, Any]:
    """An object as the global describe lists it. `root` is `/services/data/v62.0`."""
    place = f"{root}/sobjects/{shape.name}"
    return {
        "activateable": False,
        "createable": shape.writable,
        "custom": shape.custom,
        "customSetting": False,
        "deletable": shape.writable,
        "deprecatedAndHidden": False,
        "feedEnabled": shape.writable,
        "keyPrefix": shape.prefix,
        "label": shape.label,
        "labelPlural": shape.plural,
        "layoutable": True,
        "mergeable": shape.name in ("Account", "Contact"),
        "mruEnabled": shape.writable,
        "name": shape.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": shape.writable,
        "triggerable": shape.writable,
        "undeletable": shape.writable,
        "updateable": shape.writable,
        "urls": {
            "sobject": place,
            "describe": f"{place}/describe",
            "rowTemplate": f"{place}/{{ID}}",
        },
    }


def full(shape: SObject, others: Iterable[SObject], root: str, origin: str) -> dict[str, Any]:
    """An object with all its fields and who points to it."""
    answer = brief(shape, root)
    answer["urls"] |= {
        "uiNewRecord": f"{origin}/{shape.prefix}/e",
        "uiDetailTemplate": f"{origin}/{{ID}}",
        "uiEditTemplate": f"{origin}/{{ID}}/e",
    }
    return answer | {
        "childRelationships": _children(shape, others),
        "compactLayoutable": True,
        "fields": [field_of(each) for each in shape.fields],
        "recordTypeInfos": [_MASTER],
        "supportedScopes": [{"label": f"All {shape.plural.lower()}", "name": "everything"}],
    }


_MASTER = {
    "active": True,
    "available": True,
    "defaultRecordTypeMapping": True,
    "developerName": "Master",
    "master": True,
    "name": "Master",
    "recordTypeId": "012000000000000AAA",
}


def _children(shape: SObject, others: Iterable[SObject]) -> Sequence[dict[str, Any]]:
    return [
        {
            "cascadeDelete": not field.custom,
            "childSObject": other.name,
            "deprecatedAndHidden": False,
            "field": field.name,
            "relationshipName": field.children or None,
            "restrictedDelete": False,
        }
        for other in others
        for field in other.fields
        if field.kind == "reference" and field.to == shape.name
    ]
