"""The page at `/`: what this pretend AFAS holds and received, as a person likes to read it."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from lxml import etree
from werkzeug.wrappers import Request, Response

from sandbox import bills, bookings, chart, documents, dossier, history, receivables, seed, settings
from sandbox.markup import card, el, empty, euro, facts, page, table, when
from sandbox.seed import Environment
from sandbox.store import Record, Store

STYLESHEET = "/sandbox.css"
PATHS = ("/", STYLESHEET)
CSS = Path(__file__).parent / "static" / "sandbox.css"
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'"
SHOWN_DELETED, SHOWN_REQUESTS = 25, 60
STATUS_LOOKS = {0: "is-unknown", 2: "is-ok", 4: "is-warn", 5: "is-bad"}


def respond(request: Request, store: Store, weather: Callable[[str], Record]) -> Response:
    """`GET /?environment=12345&debtor=…`, and its stylesheet. `weather` tells an environment's."""
    if request.path == STYLESHEET:
        return Response(CSS.read_bytes(), content_type="text/css; charset=utf-8")
    name = request.args.get("environment", "12345").lower()
    environment = seed.ENVIRONMENTS.get(name, seed.ENVIRONMENTS["12345"])
    search = request.args.get("debtor", "").strip()
    host = request.host_url.rstrip("/")
    body = _body(store, environment, search, host, weather(environment.name))
    document = page(f"{_title(environment)} · pretend AFAS", STYLESHEET, body)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return Response(document, content_type="text/html; charset=utf-8", headers=headers)


def _title(environment: Environment) -> str:
    return f"{environment.administrations[0][1]} · {_label(environment.name)}"


def _label(name: str) -> str:
    return f"{name[:5]} {name[5:] or 'live'}"


def _deleted(store: Store, environment: str) -> list[tuple[Record, etree._Element]]:
    gone = documents.deleted(store, environment, documents.INVOICE)[-SHOWN_DELETED:]
    undone = documents.deleted(store, environment, documents.ENTRY)[-SHOWN_DELETED:]
    shown = [(kept, bills.invoice(kept)) for kept in gone]
    return shown + [(kept, bookings.entry(kept)) for kept in undone]


def _body(
    store: Store, environment: Environment, search: str, host: str, weather: Record
) -> etree._Element:
    name = environment.name
    debtors, invoices = store.all("debtor", name), store.all("invoice", name)
    filed = dossier.filed(store, name)
    requests = sorted(store.requests(name) + store.requests(""), key=lambda entry: entry["at"])
    left = el(
        "div",
        _figures(store, name, debtors, invoices),
        bills.invoices(store, name, invoices, filed),
        bookings.entries(store, name, filed),
        dossier.items(filed),
        history.deleted(_deleted(store, name)),
        _new_debtors(debtors),
        history.changed_debtors(debtors),
        _requests(requests),
        _debtors(debtors, name, search),
        class_="stack",
    )
    right = el(
        "aside",
        _connect(environment, host),
        history.conditions(settings.held(store, name), settings.USUAL, weather),
        _administrations(store.all("administration", name)),
        _items(store.all("item", name)),
        *chart.cards(store, name),
        _other_tokens(name),
        class_="stack",
    )
    main = el("main", _head(environment), el("div", left, right, class_="split"), id="main")
    return el("body", el("a", "Skip to content", class_="skip", href="#main"), _bar(name), main)


def _bar(current: str) -> etree._Element:
    links = [
        el("a", _label(name), href=f"/?environment={name}", **_current(name == current))
        for name in seed.ENVIRONMENTS
    ]
    brand = el("span", el("span", "P", class_="brand-mark"), " Pretend AFAS", class_="brand")
    return el("header", brand, el("nav", *links, aria_label="Environments"), class_="bar")


def _current(is_current: bool) -> dict[str, str]:  # noqa: FBT001 - one private use, above
    return {"aria_current": "page"} if is_current else {}


def _head(environment: Environment) -> etree._Element:
    return el(
        "div",
        el("h1", environment.administrations[0][1]),
        el("span", _label(environment.name), class_="pill"),
        el("a", "Refresh", class_="button", href=f"/?environment={environment.name}"),
        el(
            "p",
            "What this pretend AFAS holds and has received. Nothing here reaches a real"
            " administration.",
            class_="lede",
        ),
        class_="page-head",
    )


def _figures(
    store: Store, environment: str, debtors: list[Record], invoices: list[Record]
) -> etree._Element:
    total = sum((Decimal(kept["totals"]["excl_vat"]) for kept in invoices), Decimal("0.00"))
    figures = {
        "Direct invoices": str(len(invoices)),
        "Invoiced, excl. VAT": euro(str(total)),
        "Journal entries": str(store.count(documents.ENTRY, environment)),
        "Open items": str(store.count(receivables.OPEN, environment)),
        "Dossier items": str(store.count(documents.SUBJECT, environment)),
        "Debtors": str(len(debtors)),
    }
    parts = [el("div", el("dt", name), el("dd", value)) for name, value in figures.items()]
    return el("dl", *parts, class_="figures")


def _new_debtors(debtors: list[Record]) -> etree._Element:
    new = [debtor for debtor in debtors if debtor.get("received_at")]
    if not new:
        return card("New debtors", "none yet", empty("No KnSalesRelationOrg has been posted."))
    rows = [
        [d["DebtorId"], d["DebtorName"] or "—", _address(d), when(d["received_at"])]
        for d in reversed(new)
    ]
    return card(
        "New debtors", str(len(new)), table(["Number", "Name", "Address", "Received"], rows, set())
    )


def _debtors(debtors: list[Record], environment: str, search: str) -> etree._Element:
    wanted = search.casefold()
    found = [d for d in debtors if wanted in " ".join(_searched(d)).casefold()]
    rows = [
        [
            d["DebtorId"] or el("span", "no number", class_="status is-warn"),
            d["DebtorName"] or el("span", "no name", class_="status is-warn"),
            _address(d),
            d.get("ChOfCommNr") or "—",
            d.get("VatNr") or "—",
            el("span", _blocked(d)),
        ]
        for d in found
    ]
    form = el(
        "form",
        el("input", type="hidden", name="environment", value=environment),
        el("label", "Search debtors", for_="debtor", class_="hidden"),
        el(
            "input",
            type="search",
            id="debtor",
            name="debtor",
            value=search,
            placeholder="Number, name, town, KvK or VAT number",
        ),
        el("button", "Search", class_="button", type="submit"),
        class_="search",
        action="/#debtors",
    )
    heads = ["Number", "Name", "Address", "KvK", "VAT number", ""]
    listed = table(heads, rows, set()) if rows else empty(f"No debtor matches “{search}”.")
    return card("Debtors", f"{len(found)} of {len(debtors)}", form, listed)


def _blocked(row: Record) -> etree._Element | None:
    return el("span", "blocked", class_="status is-bad") if row.get("Blocked") else None


def _searched(debtor: Record) -> list[str]:
    columns = ("DebtorId", "DebtorName", "AdressLine1", "AdressLine3", "ChOfCommNr", "VatNr")
    return [str(debtor.get(column) or "") for column in columns]


def _address(debtor: Record) -> str:
    country = debtor.get("AdressLine4")
    abroad = country if country != "Nederland" else ""
    parts = (debtor.get("AdressLine1"), debtor.get("AdressLine3"), abroad)
    return ", ".join(part for part in parts if part) or "—"


def _requests(requests: list[Record]) -> etree._Element:
    shown = [_request(entry) for entry in reversed(requests[-SHOWN_REQUESTS:])]
    if not shown:
        return card("Requests", "none yet", empty("Nobody has called yet."))
    return card("Requests", f"the last {len(shown)}", el("div", *shown))


def _request(entry: Record) -> etree._Element:
    status = int(entry.get("status", 500))
    look = STATUS_LOOKS.get(status // 100, "is-ok")
    summary = el(
        "summary",
        el("span", when(entry["at"]).partition(" ")[2], class_="s-time"),
        el("span", str(status) if status else "cut", class_=f"status is-pill {look}"),
        el("span", f"{entry['method']} {entry['connector']}", class_="s-name"),
        el("span", entry.get("sentence") or "", class_="s-sentence"),
    )
    known = [
        ("Address", f"{entry['path']}{'?' if entry['query'] else ''}{entry['query']}"),
        ("Environment", entry["environment"] or "not known: the token did not tell"),
        ("Credential", entry["credential"] or "none"),
        ("Language", entry["language"] or "none asked: Dutch"),
        ("Time", f"{when(entry['at'])}, {entry['milliseconds']} ms"),
    ]
    body = el("pre", _pretty(entry["body"])) if entry["body"] else None
    return el("details", summary, el("div", facts([*known]), body), class_="bill is-request")


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body


def _connect(environment: Environment, host: str) -> etree._Element:
    known: list[tuple[str, etree._Element | str]] = [
        ("Participant number", _copy(environment.name[:5])),
        ("Environment", environment.name[5:] or "live"),
        ("User token", _copy(environment.token)),
        ("OAuth client id", _copy(environment.client_id)),
        ("OAuth client secret", _copy(environment.client_secret)),
        ("Address", _copy(f"{host}/{environment.name}/ProfitRestServices")),
    ]
    listed = facts(known)
    listed.set("class", "facts is-stacked")
    return card("Connect", "a click selects all", el("div", listed, class_="card-body"))


def _copy(text: str) -> etree._Element:
    return el("code", text, class_="copy")


def _administrations(rows: list[Record]) -> etree._Element:
    listed = [[str(row["AdminId"]), row["AdminNm"], row["AdminCd"]] for row in rows]
    return card("Administrations", str(len(rows)), table(["No.", "Name", "Code"], listed, set()))


def _items(items: list[Record]) -> etree._Element:
    rows = [
        [
            el("span", item["ItemCode"], el("small", item["Description"]), class_="two-lines"),
            f"{item['Kind']} {bills.KINDS[item['Kind']]}",
            el("span", item["UnitId"], " ", _blocked(item)),
        ]
        for item in items
    ]
    return card("Items", str(len(items)), table(["Code", "Kind", "Unit"], rows, set()))


def _other_tokens(environment: str) -> etree._Element | None:
    own = [c for c in seed.CREDENTIALS if c.environment == environment]
    odd = [c for c in own if c.token != seed.ENVIRONMENTS[environment].token]
    if not odd:
        return None
    known: list[tuple[str, etree._Element | str]] = [(c.purpose, _copy(c.token)) for c in odd]
    listed = facts(known)
    listed.set("class", "facts is-stacked")
    return card("Other tokens", "to try them out", el("div", listed, class_="card-body"))
