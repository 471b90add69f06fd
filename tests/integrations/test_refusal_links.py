"""From a refused document to the pages where its cause is mended."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Company, User
from integrations.models import AfasDocument, ItemUse, Kind, State
from integrations.services import refusals
from integrations.services.refusal_links import Fix, links_for
from integrations.services.refusals import recognise
from sandbox import fields, sentences
from tests.factories import (
    ActivityFactory,
    AfasDocumentFactory,
    ClaimFactory,
    CompanyFactory,
    CustomerFactory,
    ExpenseCategoryFactory,
    ExpenseFactory,
    HourFactory,
    InvoiceLineFactory,
    ItemLinkFactory,
)

pytestmark = pytest.mark.django_db
INVOICE = fields.connectors()["FbDirectInvoice"]
LINE = INVOICE.objects["FbDirectInvoiceLines"]
RELATION = fields.connectors()["KnSalesRelationOrg"]
ADDRESS = RELATION.objects["KnOrganisation"].objects["KnBasicAddressAdr"]
NOT_THERE = sentences.DOES_NOT_EXIST


def said(one: sentences.Sentence, *words: Any) -> str:
    """The sentence as the pretend AFAS answers it."""
    return sentences.Refusal(one, *words).text("nl")


UNKNOWN_ITEM = said(NOT_THERE, LINE.fields["ItCd"])


def refused(company: Company, message: str, **fields: Any) -> AfasDocument:
    """A document that AFAS refused with this sentence, its code kept as the sender keeps it."""
    given = {"problem": recognise(message).code, "message": message, **fields}
    document: AfasDocument = AfasDocumentFactory(company=company, rejected=True, **given)
    return document


def line_of(document: AfasDocument, code: str, **claimed: Any) -> None:
    """A line with this item, for an hour or an expense."""
    line = InvoiceLineFactory(invoice=document.invoice, item_kind="1", item_code=code)
    ClaimFactory(line=line, **{"hour": None, **claimed})


def names_of(fixes: list[Fix]) -> list[tuple[str, tuple[int | str, ...]]]:
    """Where they lead."""
    return [(fix.url_name, fix.args) for fix in fixes]


def test_an_unknown_item_leads_to_the_activities_and_categories_of_the_invoice(
    company: Company, owner: User, client_of: Any, django_assert_num_queries: Any
) -> None:
    document = refused(company, UNKNOWN_ITEM)
    advice, travel = (
        ActivityFactory(company=company, name="Advice"),
        ExpenseCategoryFactory(company=company, name="Travel"),
    )
    ItemLinkFactory(company=company, use=ItemUse.ACTIVITY, activity=advice, code="ADV")
    ItemLinkFactory(company=company, use=ItemUse.CATEGORY, category=travel, code="REIS")
    for _ in range(2):
        line_of(document, "ADV", hour=HourFactory(company=company, activity=advice))
    line_of(document, "REIS", expense=ExpenseFactory(company=company, category=travel))
    with django_assert_num_queries(2):
        fixes = links_for(document)
    assert names_of(fixes) == [("activity", (advice.pk,)), ("category", (travel.pk,))]
    assert [fix.label for fix in fixes] == ["AFAS item of Advice", "AFAS item of Travel"]
    pages = [client_of(owner, company).get(fix.url) for fix in fixes]
    assert [page.status_code for page in pages] == [200, 200]
    assert fixes[0].url.endswith("#afas-item")


def test_the_item_that_afas_names_leads_to_its_own_lines_only(company: Company) -> None:
    document = refused(company, said(sentences.UNIT_DOES_NOT_FIT, "uur", "adv"))
    advice, other = ActivityFactory(company=company), ActivityFactory(company=company)
    for activity, code in ((advice, "ADV"), (other, "UREN")):
        ItemLinkFactory(company=company, use=ItemUse.ACTIVITY, activity=activity, code=code)
        line_of(document, code, hour=HourFactory(company=company, activity=activity))
    assert names_of(links_for(document)) == [("activity", (advice.pk,))]


def test_an_item_of_the_settings_leads_there_too_and_there_are_five_links_at_most(
    company: Company,
) -> None:
    document = refused(company, UNKNOWN_ITEM)
    for _ in range(7):
        line_of(document, "UREN-ALG", hour=HourFactory(company=company))
    fixes = links_for(document)
    assert [fix.url_name for fix in fixes] == ["activity"] * 4 + ["afas_settings"]
    assert fixes[-1].url.endswith("/afas/#items")


def test_a_line_without_entries_leads_by_its_own_activity_or_to_the_settings(
    company: Company,
) -> None:
    document = refused(company, UNKNOWN_ITEM)
    assert names_of(links_for(document)) == [("afas_settings", ())]
    advice = ActivityFactory(company=company)
    ItemLinkFactory(company=company, use=ItemUse.ACTIVITY, activity=advice)
    InvoiceLineFactory(invoice=document.invoice, activity=advice)
    assert names_of(links_for(document)) == [("activity", (advice.pk,))]


def test_lines_of_another_company_are_never_looked_at(company: Company) -> None:
    document = refused(company, UNKNOWN_ITEM)
    stranger = CompanyFactory()
    activity = ActivityFactory(company=stranger)
    InvoiceLineFactory(company=stranger, invoice=document.invoice, activity=activity)
    assert names_of(links_for(document)) == [("afas_settings", ())]


@pytest.mark.parametrize(
    ("message", "url_name"),
    [
        (said(sentences.DEBTOR_BLOCKED, "10001"), "customer_edit"),
        (said(NOT_THERE, INVOICE.fields["DbId"]), "customer_edit"),
        (said(sentences.UPDATE_NOT_GRANTED), "afas_settings"),
        (said(NOT_THERE, INVOICE.fields["Unit"]), "afas_settings"),
        (said(sentences.PERIOD_BLOCKED, "8", "2024"), None),
        ("Er ging iets mis bij het journaliseren.", None),
    ],
)
def test_a_refused_invoice_leads_to_where_it_is_mended(
    company: Company, owner: User, client_of: Any, sandbox: Any, message: str, url_name: str | None
) -> None:
    document = refused(company, message)
    fixes = links_for(document)
    assert [fix.url_name for fix in fixes] == ([url_name] if url_name else [])
    for fix in fixes:
        assert fix.args in {(), (document.customer_id,)}
        assert client_of(owner, company).get(fix.url).status_code == 200


@pytest.mark.parametrize(
    ("message", "problem", "url_name"),
    [
        (said(NOT_THERE, ADDRESS.fields["CoId"]), "code_unknown", "customer_edit"),
        (said(sentences.ALREADY_EXISTS, RELATION.fields["DbId"], "1"), "refused", "customer_edit"),
        ("Er ging iets mis.", "refused", "customer_edit"),
        ("Het huisnummer ontbreekt.", "cannot_build", "customer_edit"),
        (said(NOT_THERE, RELATION.fields["PaCd"]), "code_unknown", "afas_settings"),
        ("Lijkt op 10001.", "look_alike", None),
    ],
)
def test_a_refused_debtor_leads_to_the_customer_or_to_the_settings(
    company: Company, message: str, problem: str, url_name: str | None
) -> None:
    customer = CustomerFactory(company=company)
    document = refused(company, message, problem=problem, of_customer=True, customer=customer)
    assert (document.kind, document.state) == (Kind.CUSTOMER, State.REJECTED)
    fixes = links_for(document)
    assert [fix.url_name for fix in fixes] == ([url_name] if url_name else [])


def test_a_code_that_was_kept_counts_over_what_the_message_now_reads_as(company: Company) -> None:
    document = refused(company, UNKNOWN_ITEM, problem="connector_missing")
    assert refusals.refusal_of(document) == refusals.Refusal(code="connector_missing")
    older = refused(company, UNKNOWN_ITEM, problem="refused")
    assert refusals.refusal_of(older).code == "item_unknown"
