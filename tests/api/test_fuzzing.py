"""Every operation is sent what its document allows, and what it does not: no fault of ours, and no
answer that the document does not tell of. (EXAMPLES= requests of each sort for each operation.)"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import Program
from tests.api.good_requests import good_request
from tests.api.operations import Asked, Form, Operation, document, every_operation, send
from tests.doors.houses import House
from timechimp_afas.wsgi import application

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("EXAMPLES") or 5)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(document())
SCHEMA.app = application


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """The application answers in this process, on the connection and in the transaction of the
    test; at the end of a request it would close what it is not to close."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("operation", every_operation(), ids=str)
def test_it_answers_as_its_document_says(
    operation: Operation, ours: House, record_property: Any
) -> None:
    secret, good = Program(ours.place).secret, good_request(operation, ours)
    answers: Counter[str] = Counter()

    def ask(case: Case, *, kindly: bool) -> None:
        case.path_parameters = dict(good.ids) if kindly else case.path_parameters
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {secret}"}
        response = case.call()
        answers[str(response.status_code)] += 1
        case.validate_response(response, checks=CHECKS)

    at = SCHEMA[operation.path][operation.method]
    for mode in GenerationMode:
        fuzz(at.as_strategy(generation_mode=mode), ask)
    ask(at.Case(path_parameters=good.ids, query=query_of(good.query), **body_of(good)), kindly=True)
    assert any(status.startswith("2") for status in answers)
    record_property("answers", dict(answers))


def fuzz(strategy: Any, ask: Any) -> None:
    """Half of the requests are about something that is there."""
    seen = Counter[str]()

    @settings(
        max_examples=EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def each(case: Case) -> None:
        seen["requests"] += 1
        ask(case, kindly=seen["requests"] % 2 == 0)

    each()


def query_of(text: str) -> dict[str, str]:
    return dict(one.split("=", 1) for one in text.split("&") if one)


def body_of(good: Any) -> dict[str, Any]:
    if isinstance(good.body, Form):
        sent = {name: one.read() for name, one in good.body.items()}
        return {"body": sent, "media_type": "multipart/form-data"}
    return {} if good.body is None else {"body": good.body, "media_type": "application/json"}


def test_a_body_that_is_none_and_a_form_are_refused(ours: House) -> None:
    """What no document tells of is told as a problem too."""
    secret = Program(ours.place).secret
    for operation in every_operation():
        if "requestBody" not in operation.told:
            continue
        good = good_request(operation, ours)
        for body in ([], "x", 1, None):
            answer = send(secret, operation, Asked(good.ids, good.query, body))
            assert answer.status_code < 500, (str(operation), body)
