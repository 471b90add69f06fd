"""`GET metainfo`: which connectors a token may use, and what fields they have."""

from typing import Any

from sandbox import getconnectors, seed
from sandbox.answers import Answer
from sandbox.auth import Caller
from sandbox.fields import Element, Field
from sandbox.filters import Column

CONTROL_TYPES = {"string": 1, "int": 3, "decimal": 4, "boolean": 6, "date": 5, "blob": 9}


def overview(caller: Caller) -> Answer:
    """The connectors of the caller's app connector, and until when the token lives."""
    environment = seed.ENVIRONMENTS[caller.environment]
    body = {
        "updateConnectors": [
            {"id": name, "description": seed.UPDATE_CONNECTORS.get(name, name)}
            for name in caller.update_connectors
        ],
        "getConnectors": [
            {"id": name, "description": getconnectors.description(name)}
            for name in caller.get_connectors
        ],
        "info": {
            "envid": environment.environment_id,
            "appName": "Uurwerk",
            "group": "Koppelingen",
            "tokenExpiry": caller.expiry,
        },
    }
    return Answer(200, body)


def of_get_connector(connector: getconnectors.GetConnector) -> Answer:
    """The columns of a get connector."""
    body = {
        "name": connector.name,
        "description": getconnectors.description(connector.name),
        "fields": [_column(column) for column in connector.columns],
    }
    return Answer(200, body)


def of_update_connector(element: Element, language: str) -> Answer:
    """The fields of an update connector and of the objects under it."""
    body = {"id": element.code, "description": seed.UPDATE_CONNECTORS.get(element.code)}
    return Answer(200, body | _element(element, language))


def _column(column: Column) -> dict[str, Any]:
    return {
        "id": column.name,
        "fieldId": column.name,
        "dataType": column.type,
        "label": column.label,
        "length": column.length,
        "controlType": CONTROL_TYPES[column.type],
        "decimals": 2 if column.type == "decimal" else 0,
        "decimalsFieldId": "",
    }


def _element(element: Element, language: str) -> dict[str, Any]:
    return {
        "name": element.root,
        "fields": [_field(field, language) for field in element.fields.values()],
        "objects": [_element(part, language) for part in element.objects.values()],
    }


def _field(field: Field, language: str) -> dict[str, Any]:
    return {
        "fieldId": field.code,
        "primaryKey": field.key,
        "dataType": field.type,
        "label": field.name(language),
        "mandatory": field.required,
        "length": field.length or 0,
        "decimals": field.decimals or 0,
        "decimalFieldId": "",
        "notzero": False,
        "controlType": CONTROL_TYPES[field.type],
        "values": [{"id": i, "description": text} for i, text in field.values.items()]
        if field.values
        else None,
    }
