"""What happened to a document after it was posted, for the page at `/`."""

from decimal import Decimal
from typing import Any

from lxml import etree

from sandbox.markup import card, el, empty, euro, facts, table, when
from sandbox.store import Record

BY = {"client": "the client", "sandbox": "hand, at /_sandbox/"}


LOOKS = {"changes": "is-warn", "by_hand": "is-warn", "processed": "is-ok", "deleted": "is-bad"}
WORDS = {"changes": "changed", "by_hand": "by hand"}


def marks(kept: Record, open_item: Record | None = None) -> etree._Element | None:
    """The words beside a document's name: changed, by hand, processed, deleted, paid or open."""
    found = [(WORDS.get(name, name), look) for name, look in LOOKS.items() if kept.get(name)]
    found += _paid(kept, open_item)
    pills = [el("span", word, class_=f"status is-pill {look}") for word, look in found]
    return el("span", *pills, class_="marks") if pills else None


def _paid(kept: Record, open_item: Record | None) -> list[tuple[str, str]]:
    if kept.get("deleted"):
        return []
    if open_item is None:
        return [("paid", "is-ok")] if kept.get("payments") else []
    return [("part paid", "is-warn") if kept.get("payments") else ("open", "is-unknown")]


def money(kept: Record, owed: Decimal, open_item: Record | None) -> etree._Element | None:
    """What a debtor owes by an entry, what was paid on it and what is open; None without debtor."""
    if not owed or kept.get("deleted"):
        return None
    paid = [
        (f"Paid {when(one['at']).partition(' ')[0]}", euro(one["amount"]))
        for one in kept.get("payments", [])
    ]
    left = euro(open_item["Balance"]) if open_item else euro("0")
    listed = facts([("Invoice", euro(str(owed))), *paid, ("Open", left)])
    listed.set("class", "facts is-money")
    return listed


def known(kept: Record) -> list[tuple[str, Any]]:
    """The facts about it, to stand below the others."""
    found: list[tuple[str, Any]] = []
    if kept.get("processed"):
        found.append(("Processed or paid", "yes: AFAS refuses to change and delete it"))
    if kept.get("deleted"):
        found.append(("Deleted", f"{when(kept['deleted_at'])}, by {BY[kept['deleted_by']]}"))
    return found


def changes(kept: Record) -> etree._Element | None:
    """Every change of it, oldest first."""
    if not kept.get("changes"):
        return None
    rows = [[when(one["at"]), "; ".join(one["what"]) or "nothing"] for one in kept["changes"]]
    return table(["Changed", "From → to"], rows, set())


def deleted(shown: list[tuple[Record, etree._Element]]) -> etree._Element:
    """The deleted documents, the last one first, each as it is shown elsewhere."""
    ordered = sorted(shown, key=lambda one: -float(one[0]["deleted"]))
    if not ordered:
        return card("Deleted documents", "none yet", empty("Nothing has been deleted here yet."))
    bills = el("div", *(bill for _, bill in ordered))
    return card("Deleted documents", f"{len(ordered)}, last one first", bills)


def changed_debtors(debtors: list[Record]) -> etree._Element | None:
    """What a KnSalesRelationOrg changed of debtors; None where nothing was."""
    rows = [
        [debtor["DebtorId"], debtor["DebtorName"] or "—", when(one["at"]), "; ".join(one["what"])]
        for debtor in debtors
        for one in debtor.get("changes", [])
    ]
    heads = ["Number", "Name", "Changed", "From → to"]
    return card("Changed debtors", str(len(rows)), table(heads, rows, set())) if rows else None


def conditions(settings: Record, usual: Record, weather: Record) -> etree._Element:
    """The settings that a test changed, and the weather."""
    changed = [(n, str(v)) for n, v in settings.items() if v != usual[n]]
    if weather:
        struck = ", ".join(f"{n} × {name}" for name, n in weather["struck"].items())
        share = f"seed {weather['seed']}, share {weather['share']}"
        changed.append(("Weather", f"{share}; {weather['met']} met it: {struck or 'spared'}"))
    if not changed:
        return card("Conditions", "as usual", empty("No setting was changed and no weather set."))
    listed: list[tuple[str, etree._Element | str]] = [(name, value) for name, value in changed]
    return card("Conditions", str(len(changed)), el("div", facts(listed), class_="card-body"))
