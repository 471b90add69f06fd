"""`/customers/`: the same customers, rules and sentences as the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Company, Role
from relations.api.customers import CustomerSerializer
from relations.models import Customer
from relations.services.customers import FIELDS
from tests.factories import CustomerFactory, MembershipFactory

pytestmark = pytest.mark.django_db


def numbers(answer: Any) -> list[str]:
    return [one["number"] for one in answer.json()["results"]]


def test_all_that_can_be_filled_in_on_the_page_can_be_sent(db: None) -> None:
    fields = CustomerSerializer().fields
    assert set(FIELDS) <= {name for name, field in fields.items() if not field.read_only}
    for name in FIELDS:
        most = getattr(Customer._meta.get_field(name), "max_length", None)
        assert name in {"language", "vat_code", "rounding_rule"} or most == getattr(
            fields[name], "max_length", None
        )


def test_a_customer_is_made_with_the_country_and_language_of_the_company(
    program: Callable[..., Any], company: Company
) -> None:
    Company.objects.update(country="BE", language="nl")
    answer = program().post("customers/", {"name": " Bakkerij  Zon ", "number": "21"})
    assert answer.status_code == 201
    made = Customer.objects.of(company).get()
    assert answer["Location"].endswith(f"/api/v1/customers/{made.pk}/")
    assert answer["ETag"]
    shown = answer.json()
    assert (shown["name"], shown["country"], shown["language"]) == ("Bakkerij Zon", "BE", "nl")


def test_a_change_leaves_what_was_not_sent(program: Callable[..., Any], company: Company) -> None:
    known = CustomerFactory(company=company, city="Delft", payment_term=14)
    answer = program().patch(f"customers/{known.pk}/", {"city": "Leiden"})
    assert answer.status_code == 200
    assert (answer.json()["city"], answer.json()["payment_term"]) == ("Leiden", 14)


def test_refusals_are_those_of_the_page(program: Callable[..., Any], company: Company) -> None:
    CustomerFactory(company=company, number="7", name="Zon")
    sent = {"name": "Maan", "number": "7"}
    answer = program().post("customers/", sent)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == "number"
    assert "Zon" in error["detail"]
    bad = program().post("customers/", {"name": "Maan", "country": "QQ", "iban": "1"})
    assert {one["field"] for one in bad.json()["errors"]} == {"country", "iban"}
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    "sent",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": None},
        {"name": "a\x00b"},
        {"name": "Zon", "email": "no address"},
        {"name": "Zon", "payment_term": 366},
        {"name": "Zon", "payment_term": 1e300},
        {"name": "Zon", "rounding_step": 7},
        {"name": "Zon", "vat_code": "half"},
        {"name": "Zon", "language": "fr"},
        {"name": {"a": 1}},
        [],
        None,
        "Zon",
    ],
)
def test_what_cannot_be_is_a_400_with_a_sentence(
    program: Callable[..., Any], company: Company, sent: Any
) -> None:
    answer = program().post("customers/", sent)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert not Customer.objects.exists()


def test_archiving_hides_a_customer_and_unarchiving_brings_it_back(
    program: Callable[..., Any], company: Company
) -> None:
    known, one = CustomerFactory(company=company, number="1"), program()
    assert one.post(f"customers/{known.pk}/archive/").json()["archived"] is True
    assert numbers(one.get("customers/?archived=false")) == []
    assert numbers(one.get("customers/?archived=true")) == ["1"]
    assert one.post(f"customers/{known.pk}/unarchive/").json()["archived"] is False


def test_the_list_narrows_as_asked(program: Callable[..., Any], company: Company) -> None:
    one = program()
    CustomerFactory(company=company, number="1", name="Bakkerij Zon", city="Delft")
    late = CustomerFactory(company=company, number="2", name="Maan", blocked=True)
    old = timezone.now() - timedelta(days=2)
    Customer.objects.exclude(pk=late.pk).update(changed_at=old)
    since = (timezone.now() - timedelta(days=1)).isoformat().replace("+", "%2B")
    assert numbers(one.get("customers/?search=zon+delft")) == ["1"]
    assert numbers(one.get("customers/?number=2")) == ["2"]
    assert numbers(one.get("customers/?blocked=true")) == ["2"]
    assert numbers(one.get(f"customers/?modified_since={since}")) == ["2"]
    assert numbers(one.get("customers/?ordering=-modified")) == ["2", "1"]
    assert numbers(one.get("customers/")) == ["1", "2"]


@pytest.mark.parametrize(
    "query",
    [
        "archived=maybe",
        "modified_since=yesterday",
        "modified_since=0001-01-01T00:00:00%2B14:00",
        "search=" + "x" * 101,
        "number=%00",
        "ordering=iban",
        "limit=0",
        "cursor=abc",
        "fields=secret",
    ],
)
def test_a_filter_that_cannot_be_is_a_400(
    program: Callable[..., Any], company: Company, query: str
) -> None:
    CustomerFactory(company=company)
    assert program().get(f"customers/?{query}").status_code == 400


def test_who_may_not_keep_customers_only_reads_them(
    program: Callable[..., Any], company: Company
) -> None:
    known = CustomerFactory(company=company)
    member = program(MembershipFactory(company=company, role=Role.MEMBER))
    assert member.get(f"customers/{known.pk}/").status_code == 200
    assert member.patch(f"customers/{known.pk}/", {"name": "X"}).status_code == 403
    assert member.post("customers/", {"name": "X"}).status_code == 403
    assert member.post(f"customers/{known.pk}/archive/").status_code == 403
    reader = program(None, "relations:read")
    assert reader.post("customers/", {"name": "X"}).status_code == 403
    assert program(None, "registration:write").get("customers/").status_code == 403


def test_a_customer_of_another_company_is_not_there(program: Callable[..., Any]) -> None:
    foreign, one = CustomerFactory(name="Elsewhere"), program()
    assert one.get(f"customers/{foreign.pk}/").status_code == 404
    assert one.patch(f"customers/{foreign.pk}/", {"name": "Ours"}).status_code == 404
    assert one.post(f"customers/{foreign.pk}/archive/").status_code == 404
    assert one.get("customers/").json()["results"] == []
    foreign.refresh_from_db()
    assert (foreign.name, foreign.archived) == ("Elsewhere", False)


def test_an_update_that_would_be_lost_is_refused(
    program: Callable[..., Any], company: Company
) -> None:
    known, one = CustomerFactory(company=company, city="Delft"), program()
    path = f"customers/{known.pk}/"
    seen = one.get(path)["ETag"]
    assert one.get(path, If_None_Match=seen).status_code == 304
    assert one.patch(path, {"city": "Leiden"}, If_Match=seen).status_code == 200
    answer = one.patch(path, {"city": "Gouda"}, If_Match=seen)
    assert answer.status_code == 412
    known.refresh_from_db()
    assert known.city == "Leiden"


def test_a_repeated_request_is_carried_out_once(
    program: Callable[..., Any], company: Company
) -> None:
    one = program()
    first = one.post("customers/", {"name": "Zon"}, Idempotency_Key="a")
    again = one.post("customers/", {"name": "Zon"}, Idempotency_Key="a")
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Customer.objects.count() == 1


def test_more_customers_ask_no_more_queries(program: Callable[..., Any], company: Company) -> None:
    one = program()
    counts = []
    for _round in range(2):
        CustomerFactory.create_batch(5, company=company)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            one.get("customers/")
        counts.append(len(queries))
    assert counts[0] >= counts[1]


def test_pages_follow_each_other_without_gap(program: Callable[..., Any], company: Company) -> None:
    one, found, path = program(), [], "customers/?limit=2"
    for number in range(5):
        CustomerFactory(company=company, number=str(number), name="Same name")
    while path:
        page = one.get(path).json()
        found += [row["number"] for row in page["results"]]
        path = (page["next"] or "").partition("/api/v1/")[2]
    assert found == ["0", "1", "2", "3", "4"]
