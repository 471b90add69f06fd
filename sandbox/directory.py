"""The codes that exist in every environment of this pretend AFAS: foreign keys check against it.

Each customer of AFAS has codes of its own; these are the ones of the worked examples and a few
common neighbours.
"""

from decimal import Decimal

from sandbox import ledger, sentences
from sandbox.payloads import Received
from sandbox.sentences import Refusal

PROJECTS = frozenset(f"P-{number}" for number in range(1001, 1011))
CODES: dict[str, frozenset[str]] = {
    "CuId": frozenset({"EUR"}),
    "PaCd": frozenset({"0", "7", "14", "21", "30", "45", "60"}),
    # 1 liable, 2 not liable, 3 reverse charge, 4 inside the EU, 5 outside the EU
    "VaDu": frozenset({"1", "2", "3", "4", "5"}),
    "ColA": frozenset({"1300"}),
    "LgId": frozenset({"NL", "EN", "DE", "FR"}),
    # AFAS's own country codes: not always ISO
    "CoId": frozenset(
        {"NL", "B", "D", "F", "GB", "IRL", "L", "I", "E", "A", "DK", "S", "N", "PL", "USA"}
    ),
    "JoCo": frozenset(ledger.JOURNALS),
    "VaRc": frozenset({"0", "1", "2"}),
    "DiC1": frozenset({"NOORD", "ZUID", "OOST", "WEST", "KANTOOR", "ADVIES"}),
    "DiC2": frozenset({"ONTWERP", "BOUW", "BEHEER", "TRAINING"}),
    "PrId": PROJECTS,
    "PjId": PROJECTS,
    # Not used in these environments: whatever is sent, it does not exist.
    "PaTp": frozenset(),
    "War": frozenset(),
    "PrSt": frozenset(),
    "VeId": frozenset(),
    "DlAd": frozenset(),
    "CtI1": frozenset(),
    "PrLi": frozenset(),
    "CoVc": frozenset(),
    "Judg": frozenset(),
    "CaId": frozenset(),
    "SaId": frozenset(),
    "DiC3": frozenset(),
    "DiC4": frozenset(),
    "DiC5": frozenset(),
}
VAT_RATES = {"0": Decimal("0"), "1": Decimal("0.21"), "2": Decimal("0.09")}
VAT_IS_CHARGED = frozenset({"1"})  # VAT duties under which an invoice carries VAT


def check_codes(received: Received) -> None:
    """Refuses the first code that does not exist, here and in the objects below.

    Raises Refusal.
    """
    for code, value in received.values.items():
        is_code = code in CODES and received.field(code).type != "decimal"
        if is_code and value is not None and str(value) not in CODES[code]:
            raise Refusal(sentences.DOES_NOT_EXIST, received.field(code))
    for parts in received.objects.values():
        for part in parts:
            check_codes(part)
