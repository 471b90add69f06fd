import pytest
import requests
from lxml import html

from sandbox import seed
from sandbox.testing import Running
from tests.sandbox.conftest import (
    Client,
    allocated,
    debtor,
    earned,
    entry,
    invoice,
    line,
    lines_of,
    owed,
    subject,
    vat,
)


def read(sandbox: Running, query: str = "") -> str:
    """The page's text, white space folded."""
    answer = requests.get(f"{sandbox.url}/{query}", timeout=10)
    assert answer.status_code == 200
    return " ".join(html.fromstring(answer.content).text_content().split())


def test_a_fresh_page_says_what_it_holds_and_how_to_connect(sandbox: Running) -> None:
    text = read(sandbox)

    assert "Studio Vlier Beheer B.V." in text
    assert "40 of 40" in text
    assert "'t Hoekje Boeken V.O.F." in text
    assert "no name" in text
    assert "UREN-DEV" in text
    assert seed.LIVE_TOKEN in text
    assert "No FbDirectInvoice has been posted here yet." in text


def test_a_received_invoice_is_shown_with_lines_totals_and_reference(
    sandbox: Running, afas: Client
) -> None:
    body = invoice(line(QuUn=37.5, Ds="Ontwikkeling maart"), RfCs="PO 1 / TCABCDEFGH23")
    afas.post("FbDirectInvoice", body)

    text = read(sandbox)

    for shown in ("70000144", "TCABCDEFGH23", "Ontwikkeling maart", "37.5 uur", "4,333.31"):
        assert shown in text


def test_a_received_entry_is_shown_with_its_lines_and_numbers(
    sandbox: Running, afas: Client
) -> None:
    assert "No FiEntries has been posted here yet." in read(sandbox)
    afas.post("FiEntries", entry())

    text = read(sandbox)

    for shown in ("5789", "20260042", "10001 Bakkerij De Gouden Aar B.V.", "INV-2026-0042"):
        assert shown in text
    for amount in ("1,210.00", "1,000.00", "210.00"):
        assert f"€ {amount}" in text


def test_the_page_names_the_accounts_and_codes_that_an_entry_may_use(sandbox: Running) -> None:
    text = read(sandbox)

    for shown in (
        "8010",
        "Omzet laag tarief",
        "VAT code 2",
        "any VAT code; needs a cost centre and cost object",
        "Btw hoog 21 %account 1510",
        "90 Verkoop oud (blocked)",
        "2025-12",
        "P-1010",
    ):
        assert shown in text


def entries_of(sandbox: Running) -> html.HtmlElement:
    """The part of the page about journal entries."""
    document = html.fromstring(requests.get(f"{sandbox.url}/", timeout=10).content)
    return document.get_element_by_id("journal-entries")


def test_an_entry_reads_as_a_bookkeeper_expects_it(sandbox: Running, afas: Client) -> None:
    body = allocated(
        "8076",
        {"DiC1": "NOORD", "DiC2": "ONTWERP", "AmCr": 600},
        {"DiC1": "ZUID", "DiC2": "BOUW", "AmCr": 400},
    )
    lines_of(body)[1]["Fields"]["PrId"] = "P-1003"
    assert afas.post("FiEntries", body).ok

    shown = entries_of(sandbox)

    head = [" ".join(dd.text_content().split()) for dd in shown.xpath(".//dl[1]/dd")]
    assert head[:7] == [
        "20 Verkoop",
        "5789",
        "3, March 2026",
        "20260042",
        "2026-03-31",
        "INV-2026-0042",
        "2026-04-30",
    ]
    rows = [
        [cell.text_content().replace("\u202f", " ") for cell in row.xpath("td")]
        for row in shown.xpath(".//table//tr[td]")
    ]
    assert rows[0][:2] == ["10001", "Bakkerij De Gouden Aar B.V."]
    assert rows[1] == [
        "8076",
        "Omzet per vestiging en soort werk",
        "Factuur INV-2026-0042",
        "1 Btw hoog 21 %",
        "NOORD / ONTWERP € 600.00ZUID / BOUW € 400.00P-1003",
        "",
        "€ 1,000.00",
    ]
    assert rows[-1] == ["Total", "", "", "", "", "€ 1,210.00", "€ 1,210.00"]
    assert {cell.get("class") for cell in shown.xpath(".//tr/td[position() > 5]")} == {"is-number"}


def test_an_entry_is_open_then_paid_in_part_then_paid(sandbox: Running, afas: Client) -> None:
    afas.post("FiEntries", entry())
    key = {"environment": "12345", "kind": "entry", "key": "5789"}

    def marks() -> list[str]:
        return [mark.text_content() for mark in entries_of(sandbox).find_class("is-pill")]

    assert marks() == ["open"]
    sandbox.order("pay", key | {"amount": 210})
    assert marks() == ["part paid"]
    assert "Open€ 1,000.00" in entries_of(sandbox).text_content().replace("\u202f", " ")
    sandbox.order("pay", key)
    assert marks() == ["paid"]
    hand = {"environment": "12345", "invoice_number": "77", "debtor": "10002", "total": -5}
    sandbox.order("book_by_hand", hand)
    assert marks() == ["by hand", "open", "paid"]


def test_a_dossier_item_is_shown_by_itself_and_under_its_booking(
    sandbox: Running, afas: Client
) -> None:
    assert "No KnSubject has been posted here yet." in read(sandbox)
    afas.post("FiEntries", entry())
    afas.post("KnSubject", subject())
    afas.post("FbDirectInvoice", invoice(SbAt=120045))
    afas.post("KnSubject", subject(link={"SiId": None, "SiUn": None, "SiTp": None}))

    text = read(sandbox)

    assert "debtor 10001, invoice 20260042 in administration 1" in text
    told = "Dossier item 120045 Verkoopfactuur INV-2026-0042 INV-2026-0042.pdf PDF, 2 pages"
    assert text.count(told) == 2
    assert "Dossier item 120046" not in text
    assert told in " ".join(entries_of(sandbox).text_content().split())


def test_a_new_debtor_and_a_refusal_are_shown(sandbox: Running, afas: Client) -> None:
    afas.post("KnSalesRelationOrg", debtor())
    afas.post("FbDirectInvoice", invoice(DbId="10013"))
    requests.get(f"{sandbox.url}/ProfitRestServices/metainfo", timeout=10)

    text = read(sandbox)

    assert "Studio Noorderlicht V.O.F." in text
    assert "Sales contact 10013 is blocked for delivery." in text
    assert "not known: the token did not tell" in text


def test_both_sides_of_an_entry_are_added_up(sandbox: Running, afas: Client) -> None:
    afas.post("FiEntries", entry(owed(Fref="INV-42"), earned(), vat()))

    text = read(sandbox)

    assert "INV-2026-0042 INV-42" in text
    assert "Total€ 1,210.00€ 1,210.00" in text.replace("\u202f", " ")


def test_what_was_changed_is_shown_with_what_it_was(sandbox: Running, afas: Client) -> None:
    assert "Changed debtors" not in read(sandbox)
    afas.post("FbDirectInvoice", invoice(RfCs="PO 1"))
    fields = {"Fields": {"RfCs": "PO 2"}}
    afas.put("FbDirectInvoice", {"FbDirectInvoice": {"Element": {"@OrNu": "70000144"} | fields}})
    fields = {"Fields": {"Bl": True}}
    afas.put("KnSalesRelationOrg", {"KnSalesRelationOrg": {"Element": {"@DbId": "10002"} | fields}})

    text = read(sandbox)

    for shown in ("changed", "RfCs: PO 1 → PO 2", "Changed debtors", "Blocked: False → True"):
        assert shown in text


def test_what_was_deleted_and_processed_is_shown_with_who_did_it(
    sandbox: Running, afas: Client
) -> None:
    assert "Nothing has been deleted here yet." in read(sandbox)
    afas.post("FbDirectInvoice", invoice(RfCs="PO 1"))
    afas.post("FiEntries", entry())
    afas.call("DELETE", "connectors/FbDirectInvoice/FbDirectInvoice/@OrNu/70000144")
    sandbox.order("remove", {"environment": "12345", "kind": "entry", "key": "5789"})
    afas.post("FbDirectInvoice", invoice(RfCs="PO 2"))
    key = {"environment": "12345", "kind": "invoice", "key": "70000145"}
    sandbox.order("processed", key)

    text = read(sandbox)

    for shown in ("2, last one first", "by the client", "by hand, at /_sandbox/", "PO 1"):
        assert shown in text
    assert "AFAS refuses to change and delete it" in text
    assert "No FiEntries has been posted here yet." in text


def test_the_conditions_that_a_test_set_are_shown(sandbox: Running, afas: Client) -> None:
    assert "No setting was changed and no weather set." in read(sandbox)
    sandbox.setting("sight_delay", 30)
    sandbox.weather(seed=7, share=1, faults={"locked": 1})
    sandbox.order("block", {"environment": "12345", "kind": "item", "key": "1/UREN-PM"})
    sandbox.order("block", {"environment": "12345", "kind": "period", "key": "2026/4"})
    afas.post("FbDirectInvoice", invoice())

    text = read(sandbox)

    for shown in ("sight_delay30", "seed 7, share 1; 1 met it: 1 × locked", "2026-04"):
        assert shown in text
    assert "uur blocked" in text


def test_each_environment_has_its_own_page(sandbox: Running) -> None:
    text = read(sandbox, "?environment=54321")

    assert "Studio Eik B.V." in text
    assert seed.EIK_TOKEN in text
    assert "Bakkerij De Gouden Aar" not in text


def test_debtors_can_be_searched_by_name_number_or_town(sandbox: Running) -> None:
    assert "1 of 40" in read(sandbox, "?debtor=hoekje")
    assert "2 of 40" in read(sandbox, "?debtor=10031")
    assert "No debtor matches “nobody”." in read(sandbox, "?debtor=nobody")


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "tab\x0bbell\x07", "\ud83d\ude80"])
def test_text_that_was_received_never_becomes_markup(
    sandbox: Running, afas: Client, text: str
) -> None:
    answer = afas.post("FbDirectInvoice", invoice(line(Ds=text), RfCs=text))
    assert answer.status_code == 201

    page = requests.get(f"{sandbox.url}/", timeout=10)

    assert page.status_code == 200
    assert "<script" not in page.text


def test_the_page_has_no_inline_style_or_script_and_forbids_both(sandbox: Running) -> None:
    answer = requests.get(f"{sandbox.url}/", timeout=10)
    sheet = requests.get(f"{sandbox.url}/sandbox.css", timeout=10)

    assert "style=" not in answer.text
    assert "<style" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "light-dark(" in sheet.text
