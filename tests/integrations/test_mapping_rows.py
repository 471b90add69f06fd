"""What the mapping holds missing: what is in use and gets no code, its own or another."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import Company, User
from accounts.trail import told
from core.errors import StaleError
from core.models import AuditEvent
from integrations.models import AccountLink, AfasConnection, ItemLink, VatLink
from integrations.services.mapping import missing_counts
from integrations.services.mapping_marks import Marking, Says
from integrations.services.mapping_rows import BY_VAT, Row, rows_of
from integrations.services.mapping_saving import check_rows, keep_rows, save_rows
from sandbox import seed
from tests.factories import (
    AccountLinkFactory,
    ActivityFactory,
    AfasConnectionFactory,
    CustomerFactory,
    ExpenseCategoryFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    InvoiceVatFactory,
    ItemLinkFactory,
    ProjectFactory,
    VatLinkFactory,
    VatRateFactory,
)

pytestmark = pytest.mark.django_db
NOTHING = {"activities": 0, "products": 0, "vat": 0, "projects": 0, "items": 0}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    cache.clear()


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


def rows(link: AfasConnection, table: str) -> dict[str, Row]:
    return {row.key: row for row in rows_of(link, table)}


def row(link: AfasConnection, table: str, key: str) -> Row:
    return rows(link, table)[key]


def test_nothing_is_counted_before_an_administration_is_chosen(link: AfasConnection) -> None:
    link.administration = None
    assert missing_counts(link) == {}


def test_what_is_in_use_and_lacks_a_code_is_counted(link: AfasConnection, company: Company) -> None:
    ActivityFactory(company=company)
    ActivityFactory(company=company, archived=True)
    ActivityFactory()
    ExpenseCategoryFactory(company=company)
    ProjectFactory(company=company)
    ItemLinkFactory(company=company)
    assert missing_counts(link) == {**NOTHING, "activities": 1, "products": 1, "vat": 1, "items": 1}

    AccountLinkFactory(company=company)
    VatLinkFactory(company=company)
    assert missing_counts(link) == NOTHING


@pytest.mark.parametrize("use", ["hours", "default", "item"])
def test_an_activity_gets_the_account_of_its_item_its_kind_or_the_default(
    link: AfasConnection, company: Company, use: str
) -> None:
    key = f"activity-{ActivityFactory(company=company).pk}"
    ItemLinkFactory(company=company, use="hours", code="UREN-ALG")
    assert row(link, "activities", key).lacks == ["account"]
    item = {"item_kind": "1", "item_code": "UREN-ALG"} if use == "item" else {}
    AccountLinkFactory(company=company, use=use, account="8080", **item)
    found = row(link, "activities", key)
    assert (found.lacks, found.otherwise["account"]) == ([], "8080")
    assert found.otherwise["code"] == "UREN-ALG"


def test_an_account_for_every_vat_rate_in_use_is_enough(
    link: AfasConnection, company: Company
) -> None:
    key = f"activity-{ActivityFactory(company=company).pk}"
    VatLinkFactory(company=company, revenue_account="8000")
    assert row(link, "activities", key).otherwise["account"] == BY_VAT
    CustomerFactory(company=company, vat_code="reverse")
    assert row(link, "activities", key).lacks == ["account"]


def test_without_any_item_none_is_asked_for(link: AfasConnection, company: Company) -> None:
    key = f"activity-{ActivityFactory(company=company).pk}"
    assert row(link, "activities", key).lacks == ["account"]
    ItemLinkFactory(company=company, use="rides")
    assert row(link, "activities", key).lacks == ["code", "account"]


def test_every_treatment_has_a_row_at_the_percentage_of_today(
    link: AfasConnection, company: Company
) -> None:
    assert list(rows(link, "vat")) == [
        "vat-high-21.00",
        "vat-low-9.00",
        "vat-zero-0.00",
        "vat-reverse-0.00",
        "vat-reverse_eu-0.00",
        "vat-export-0.00",
        "vat-exempt-0.00",
        "vat-outside-0.00",
    ]
    VatRateFactory(company=company, percent=Decimal(22), valid_from=timezone.localdate())
    assert "vat-high-22.00" in rows(link, "vat")
    assert "vat-high-21.00" not in rows(link, "vat")


def test_a_percentage_of_recent_invoices_stays_in_the_table(
    link: AfasConnection, company: Company
) -> None:
    today = timezone.localdate()
    for days, percent in ((400, 19), (800, 18)):
        invoice = InvoiceFactory(
            company=company, ours=True, status="final", invoice_date=today - timedelta(days=days)
        )
        InvoiceVatFactory(company=company, invoice=invoice, percent=Decimal(percent))
    VatLinkFactory(company=company, vat_code="low", percent=Decimal(6), code="2")
    InvoiceVatFactory(percent=Decimal(17))
    found = rows(link, "vat")
    assert found["vat-high-19.00"].is_missing
    assert not found["vat-low-6.00"].is_missing
    assert not {"vat-high-18.00", "vat-high-17.00"} & found.keys()


@pytest.mark.parametrize("where", ["customer", "activity", "draft", "company"])
def test_a_treatment_that_was_chosen_somewhere_is_in_use(
    link: AfasConnection, company: Company, where: str
) -> None:
    assert not row(link, "vat", "vat-exempt-0.00").is_missing
    if where == "customer":
        CustomerFactory(company=company, vat_code="exempt")
    elif where == "activity":
        ActivityFactory(company=company, vat_code="exempt")
    elif where == "draft":
        draft = InvoiceFactory(company=company, draft=True)
        InvoiceLineFactory(company=company, invoice=draft, vat_code="exempt")
    else:
        from invoicing.models import InvoiceSettings

        InvoiceSettings.objects.create(company=company, vat_code="exempt")
    found = row(link, "vat", "vat-exempt-0.00")
    assert (found.lacks, found.is_missing) == (["code"], True)


def test_vat_that_is_asked_needs_an_account_and_what_is_outside_needs_no_code(
    link: AfasConnection, company: Company
) -> None:
    ActivityFactory(company=company, vat_code="outside")
    assert row(link, "vat", "vat-high-21.00").lacks == ["code", "account"]
    assert row(link, "vat", "vat-outside-0.00").lacks == []


def test_an_item_lacks_an_account_only_where_its_lines_get_none_otherwise(
    link: AfasConnection, company: Company
) -> None:
    design = ActivityFactory(company=company)
    ItemLinkFactory(company=company, use="activity", activity=design, code="UREN-DEV")
    assert row(link, "items", "item-1-UREN-DEV").is_missing
    AccountLinkFactory(company=company, use="activity", activity=design, account="8080")
    found = row(link, "items", "item-1-UREN-DEV")
    assert not found.is_missing
    assert "Activity" in found.detail


def test_an_item_with_an_account_stays_in_the_table_when_nothing_has_it_any_more(
    link: AfasConnection, company: Company
) -> None:
    AccountLinkFactory(company=company, use="item", item_kind="2", item_code="OLD")
    assert row(link, "items", "item-2-OLD").values == {"account": "8000"}


@pytest.mark.parametrize(
    ("account", "says"),
    [
        ("8000", Says.KNOWN),
        ("8090", Says.BLOCKED),
        ("9999", Says.UNKNOWN),
        ("8076", Says.DOUBT),
        ("1300", Says.DOUBT),
    ],
)
def test_a_row_bears_what_afas_says_of_its_account(
    link: AfasConnection, company: Company, account: str, says: Says
) -> None:
    design = ActivityFactory(company=company)
    AccountLinkFactory(company=company, use="activity", activity=design, account=account)
    found = row(link, "activities", f"activity-{design.pk}")
    mark = Marking(link, "activities").mark(found)
    assert mark.says == says
    assert bool(mark.why) == (says != Says.KNOWN)


def test_the_worst_of_several_codes_is_shown(
    link: AfasConnection, company: Company, sandbox: Any
) -> None:
    sandbox.order("block", {"environment": "12345", "kind": "item", "key": "1/UREN-DEV"})
    design = ActivityFactory(company=company)
    ItemLinkFactory(company=company, use="activity", activity=design, code="UREN-DEV")
    AccountLinkFactory(company=company, use="activity", activity=design, account="8000")
    marking = Marking(link, "activities")
    key = f"activity-{design.pk}"
    assert marking.mark(row(link, "activities", key)).says == Says.BLOCKED
    ItemLink.objects.update(code="NONE")
    assert marking.mark(row(link, "activities", key)).says == Says.UNKNOWN
    ItemLink.objects.all().delete()
    AccountLink.objects.all().delete()
    assert marking.mark(row(link, "activities", key)).says == Says.NOTHING


def test_a_vat_code_whose_percentage_afas_does_not_give_is_to_be_looked_at(
    link: AfasConnection, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations.afas.ledger import AfasVatCode
    from integrations.services import picking

    VatLinkFactory(company=company, account="")
    marking = Marking(link, "vat")
    assert marking.mark(row(link, "vat", "vat-high-21.00")).says == Says.KNOWN
    VatLink.objects.update(code="2")
    assert "is 9 % in AFAS" in marking.mark(row(link, "vat", "vat-high-21.00")).why
    monkeypatch.setattr(picking, "vat_codes_of", lambda _link: [AfasVatCode(VatCode="2")])
    found = Marking(link, "vat").mark(row(link, "vat", "vat-high-21.00"))
    assert (found.says, "gives no percentage" in found.why) == (Says.DOUBT, True)


def test_codes_of_another_administration_are_not_shown(
    link: AfasConnection, company: Company
) -> None:
    design = ActivityFactory(company=company)
    AccountLinkFactory(
        company=company, use="activity", activity=design, account="8080", administration=2
    )
    VatLinkFactory(company=company, environment="12345test")
    assert row(link, "activities", f"activity-{design.pk}").is_empty
    assert row(link, "vat", "vat-high-21.00").is_empty


def test_each_change_stands_in_the_audit_trail_with_what_it_is_of(
    link: AfasConnection, company: Company, owner: User
) -> None:
    design = ActivityFactory(company=company, name="Design")
    key = f"activity-{design.pk}"
    for account in ("8080", "8010", ""):
        save_rows(connection=link, table="activities", wanted={key: {"account": account}}, by=owner)
    save_rows(connection=link, table="vat", wanted={"vat-high-21.00": {"code": "1"}}, by=owner)
    events = list(AuditEvent.objects.filter(action__startswith="afas_").order_by("id"))
    assert [(one.action, one.object_label) for one in events] == [
        ("afas_account.created", "Design = 8080"),
        ("afas_account.changed", "Design = 8010"),
        ("afas_account.deleted", "Design = 8010"),
        ("afas_vat.created", "High rate 21 = 1"),
    ]
    assert told(events[3]).kind == "VAT code in AFAS"


@pytest.mark.parametrize(("mine", "theirs"), [("code", "account"), ("account", "code")])
def test_what_somebody_changes_while_afas_is_asked_is_not_put_back(
    link: AfasConnection, company: Company, owner: User, mine: str, theirs: str
) -> None:
    codes = {"account": "8010", "code": "UREN-DEV"}
    key = f"activity-{ActivityFactory(company=company).pk}"
    edits = check_rows(connection=link, table="activities", wanted={key: {mine: codes[mine]}})
    their = {key: {theirs: codes[theirs]}}
    save_rows(connection=link, table="activities", wanted=their, by=owner)
    with pytest.raises(StaleError, match="meanwhile"):
        keep_rows(connection=link, table="activities", edits=edits, by=owner)
    kept = row(link, "activities", key).values
    assert (kept[theirs], kept[mine]) == (codes[theirs], "")
