import json
import logging
import threading
import time
import urllib.error
from typing import Any

import pytest
import requests

from sandbox.faults import BEHAVIOURS
from sandbox.testing import Running, running
from tests.sandbox.conftest import Client, invoice


def invoices(sandbox: Running) -> list[dict[str, Any]]:
    return sandbox.state("12345")["invoices"]


def test_done_then_hung_up_leaves_the_invoice_and_no_answer(sandbox: Running, afas: Client) -> None:
    sandbox.fault("commit_then_hang_up", environment="12345")

    with pytest.raises(requests.ConnectionError):
        afas.post("FbDirectInvoice", invoice())

    assert len(invoices(sandbox)) == 1
    assert afas.post("FbDirectInvoice", invoice()).status_code == 201


def test_hung_up_before_it_was_done_leaves_nothing(sandbox: Running, afas: Client) -> None:
    sandbox.fault("hang_up_before_commit", environment="12345")

    with pytest.raises(requests.ConnectionError):
        afas.post("FbDirectInvoice", invoice())

    assert invoices(sandbox) == []


def test_silent_then_done_books_after_the_client_gave_up(sandbox: Running, afas: Client) -> None:
    sandbox.fault("hang_then_commit", environment="12345", seconds=0.4)

    with pytest.raises(requests.ReadTimeout):
        requests.post(
            f"{afas.base}/connectors/FbDirectInvoice",
            data=json.dumps(invoice()),
            headers=_headers(afas),
            timeout=0.1,
        )

    assert invoices(sandbox) == []
    _wait_for_an_invoice(sandbox)


def test_hung_up_then_done_books_after_the_line_was_cut(sandbox: Running, afas: Client) -> None:
    sandbox.fault("hang_up_then_commit", environment="12345", seconds=0.3)

    with pytest.raises(requests.ConnectionError):
        afas.post("FbDirectInvoice", invoice())

    assert invoices(sandbox) == []
    _wait_for_an_invoice(sandbox)


def test_slow_answers_late_and_in_full(sandbox: Running, afas: Client) -> None:
    sandbox.fault("slow", environment="12345", seconds=0.3)
    started = time.monotonic()

    assert afas.get("metainfo").status_code == 200
    assert time.monotonic() - started >= 0.3


def test_unavailable_is_afas_own_503_and_does_nothing(sandbox: Running, afas: Client) -> None:
    sandbox.fault("unavailable", environment="12345", retry_after=7200)

    answer = afas.post("FbDirectInvoice", invoice())

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "7200"
    assert answer.json()["retry_after"] == 7200
    assert answer.json()["error"]["code"]["example"] == "503"
    assert invoices(sandbox) == []


def test_unavailable_bare_is_a_page_of_a_proxy(sandbox: Running, afas: Client) -> None:
    sandbox.fault("unavailable_bare", environment="12345")

    answer = afas.post("FbDirectInvoice", invoice())

    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html")
    assert answer.text.startswith("<html>")


def test_locked_names_the_other_user_in_the_language_asked_for(
    sandbox: Running, afas: Client
) -> None:
    sandbox.fault("locked", environment="12345")

    answer = afas.post("FbDirectInvoice", invoice())

    assert answer.status_code == 500
    assert "in use by another user" in answer.json()["externalMessage"]
    assert invoices(sandbox) == []


def test_refuse_says_the_sentence_of_the_order(sandbox: Running, afas: Client) -> None:
    sandbox.fault("refuse", environment="12345", sentence="Periode 3 is geblokkeerd.")

    answer = afas.post("FbDirectInvoice", invoice())

    assert answer.status_code == 500
    assert answer.json()["externalMessage"] == "Periode 3 is geblokkeerd."


def test_rubbish_is_success_without_meaning(sandbox: Running, afas: Client) -> None:
    sandbox.fault("rubbish", environment="12345")

    answer = afas.post("FbDirectInvoice", invoice())

    assert answer.status_code == 200
    assert "Wi-Fi" in answer.text
    assert len(invoices(sandbox)) == 1


def test_rubbish_before_the_work_is_success_of_nothing(sandbox: Running, afas: Client) -> None:
    sandbox.fault("rubbish_before_commit", environment="12345")

    answer = afas.post("FbDirectInvoice", invoice())

    assert (answer.status_code, answer.text[:9]) == (200, "<!doctype")
    assert invoices(sandbox) == []


@pytest.mark.parametrize(("fault", "status"), [("unauthorized", 401), ("forbidden", 403)])
def test_a_good_credential_can_be_refused_once(
    sandbox: Running, afas: Client, fault: str, status: int
) -> None:
    sandbox.fault(fault, environment="12345", connector="FbDirectInvoice")

    answer = afas.post("FbDirectInvoice", invoice())

    assert (answer.status_code, answer.content) == (status, b"")
    assert invoices(sandbox) == []
    assert afas.post("FbDirectInvoice", invoice()).status_code == 201


def test_half_an_answer_breaks_off_after_the_work_was_done(sandbox: Running, afas: Client) -> None:
    sandbox.fault("half_answer", environment="12345")

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        afas.post("FbDirectInvoice", invoice())

    assert len(invoices(sandbox)) == 1


def test_a_fault_strikes_as_often_as_ordered(sandbox: Running, afas: Client) -> None:
    sandbox.fault("unavailable", environment="12345", times=2)

    assert [afas.get("metainfo").status_code for _ in range(3)] == [503, 503, 200]


def test_a_fault_waits_for_its_environment_and_connector(sandbox: Running, afas: Client) -> None:
    sandbox.fault("unavailable", environment="54321")
    sandbox.fault("unavailable", environment="12345", connector="ProfitDebtor")

    assert afas.get("metainfo").status_code == 200
    assert afas.get("connectors/DDI_Profit_Administraties").status_code == 200
    assert afas.get("connectors/ProfitDebtor").status_code == 503


def test_a_fault_of_committing_waits_for_a_write(sandbox: Running, afas: Client) -> None:
    sandbox.fault("commit_then_hang_up", environment="12345")

    assert afas.get("metainfo").status_code == 200
    with pytest.raises(requests.ConnectionError):
        afas.post("FbDirectInvoice", invoice())


def test_the_token_door_can_fail_too(sandbox: Running, afas: Client) -> None:
    sandbox.fault("unavailable", environment="12345", connector="oauth/token")

    assert requests.post(f"{afas.base}/oauth/token", timeout=5).status_code == 503


def test_calm_and_reset_forget_the_faults(sandbox: Running, afas: Client) -> None:
    for door in ("calm", "reset"):
        sandbox.fault("unavailable", times=99)
        sandbox.order(door, {})
        assert afas.get("metainfo").status_code == 200


def test_reset_goes_back_to_the_seed(sandbox: Running, afas: Client) -> None:
    afas.post("FbDirectInvoice", invoice())

    sandbox.reset()

    state = sandbox.state("12345")
    assert (state["invoices"], state["requests"], len(state["debtors"])) == ([], [], 40)


@pytest.mark.parametrize(
    ("door", "wish"),
    [
        ("fault", {"fault": "earthquake"}),
        ("fault", {"fault": "slow", "colour": "blue"}),
        ("revoke", {"token": "0" * 64}),
        ("remove", {"environment": "12345", "kind": "credential", "key": "x"}),
    ],
)
def test_an_order_that_makes_no_sense_is_told_so(
    sandbox: Running, door: str, wish: dict[str, Any]
) -> None:
    with pytest.raises(urllib.error.HTTPError, match="400"):
        sandbox.order(door, wish)


def test_a_row_can_vanish_between_two_pages(sandbox: Running, afas: Client) -> None:
    order = {"orderbyfieldids": "DebtorId", "take": 20}
    first = afas.rows("ProfitDebtor", **order)
    sandbox.order("remove", {"environment": "12345", "kind": "debtor", "key": "10001"})
    second = afas.rows("ProfitDebtor", skip=20, **order)

    assert len(first) + len(second) == 39


def test_a_debtor_row_can_lack_its_number(sandbox: Running, afas: Client) -> None:
    row = {"DebtorId": None, "DebtorName": "Naamloos B.V."}
    sandbox.order("debtor", {"environment": "12345", "debtor": row})

    assert None in [row["DebtorId"] for row in afas.rows("ProfitDebtor")]


@pytest.mark.parametrize("fault", ["slow", "hang_then_commit", "hang_up_then_commit"])
def test_stopping_while_a_request_is_still_being_answered_leaves_no_error_behind(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = set(threading.enumerate())
    with running() as sandbox:
        afas = Client(f"{sandbox.url}/12345/ProfitRestServices")
        sandbox.fault(fault, environment="12345", connector="FbDirectInvoice", seconds=0.5)
        with pytest.raises(requests.RequestException):
            requests.post(
                f"{afas.base}/connectors/FbDirectInvoice",
                data=json.dumps(invoice()),
                headers=_headers(afas),
                timeout=0.1,
            )
        late = set(threading.enumerate()) - before

    assert late
    for thread in late:
        thread.join(timeout=5)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_every_fault_is_explained_where_it_is_defined() -> None:
    import sandbox.faults

    assert all(f"| {name} |" in (sandbox.faults.__doc__ or "") for name in BEHAVIOURS)


def _headers(afas: Client) -> dict[str, str]:
    from tests.sandbox.conftest import afas_token

    return {"Authorization": afas_token(afas.token)}


def _wait_for_an_invoice(sandbox: Running) -> None:
    until = time.monotonic() + 5
    while not invoices(sandbox):
        assert time.monotonic() < until, "the invoice never came"
        time.sleep(0.02)
