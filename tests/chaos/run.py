"""One run from beginning to end: everything starts, the chaos, the drain."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from django.core.management import call_command
from django.db import close_old_connections, connection
from django.db.models import Q, QuerySet

from core.errors import DomainError
from integrations.models import AfasDocument, Asks, State
from tests.chaos import billing
from tests.chaos.companies import open_companies
from tests.chaos.mischief import LONGEST, Mischief
from tests.chaos.people import Person
from tests.chaos.pretend import Afas
from tests.chaos.stage import Stage, start_afas, start_product
from tests.chaos.world import World

STEP = 0.5  # seconds between two steps of mischief and of billing
PACE = {"Anna": 0.9, "Bram": 1.3}  # seconds between what a person does
AFTER = 12.0  # seconds that the chaos goes on when everything was made
MADE_WITHIN, DRAINED_WITHIN, DRAINED_IF_BROKEN = 400.0, 180.0, 45.0
MOST_UNDER_WAY = 60  # documents, above which nobody bills more


def prepare(stage: Stage) -> World:
    """The tables, the companies, and every process."""
    start_afas(stage)
    call_command("migrate", verbosity=0)
    stage.wait()
    afas = Afas(stage.pretend)
    world = World(stage.plan, stage, afas, open_companies(stage.plan, afas))
    start_product(stage)
    return world


@dataclass
class Doing(threading.Thread):
    """Somebody, or fate, acting step by step at a pace, until `stop` is set."""

    world: World
    who: str
    act: Callable[[int], None]
    pace: float
    stop: threading.Event

    def __post_init__(self) -> None:
        super().__init__(name=self.who)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """What it does must succeed; what does not is told at the end."""
        step = 0
        while not self.stop.wait(self.pace):
            try:
                self.act(step)
            except Exception:  # anything but a sentence for people is an accident
                self.world.tally.accident(f"{self.who}, step {step}: {traceback.format_exc()}")
            step += 1
            close_old_connections()
        connection.close()


def play(world: World) -> None:
    """The chaos, until every document was made and a while longer."""
    stop = threading.Event()
    mischief = Mischief(world, *_fatal_steps(world))
    doing = [Doing(world, name, Person(world, name).act, pace, stop) for name, pace in PACE.items()]
    doing.append(Doing(world, "mischief", mischief.act, STEP, stop))
    mischief.begin()
    for one in doing:
        one.start()
    try:
        _bill_all(world)
        time.sleep(AFTER)
    finally:
        stop.set()
        for one in doing:
            one.join()
        mischief.end()


def _fatal_steps(world: World) -> tuple[int, int]:
    """When beat dies, and when AFAS does: earlier where there is less to do."""
    dice = world.plan.dice("fatal", 0)
    spread = world.plan.documents // 5
    return 6 + int(dice.random() * spread), 12 + int(dice.random() * spread)


def _bill_all(world: World) -> None:
    until = time.monotonic() + MADE_WITHIN
    step = 0
    while billing.documents_made() < world.plan.documents:
        if time.monotonic() > until:
            world.tally.accident("The documents were not made within the time: nothing moves.")
            return
        if _under_way() < MOST_UNDER_WAY:
            billing.bill_a_wave(world, step)
            step += 1
        time.sleep(STEP)


def _under_way() -> int:
    states = (State.WAITING, State.QUEUED, State.SENDING)
    return AfasDocument.objects.filter(state__in=states).count()


def drain(world: World) -> None:
    """Wait until nothing moves by itself any more, and until nothing can still come in AFAS."""
    person, dice = Person(world, "Drain"), world.plan.dice("drain", 0)
    begun = time.monotonic()
    within = DRAINED_IF_BROKEN if world.plan.variant.is_broken else DRAINED_WITHIN
    while time.monotonic() - begun < within:
        person.resume(dice)
        person.press_test(dice)
        time.sleep(STEP)
        may_still_come = time.monotonic() - begun < world.plan.ours(LONGEST) + 2
        if not may_still_come and not moving().exists():
            return


def moving() -> QuerySet[AfasDocument]:
    """What still changes without a person."""
    looked_for = Q(state=State.UNKNOWN) & (Q(asks="") | Q(asks__in=(Asks.BLIND, Asks.FAILING)))
    for_a_person = Q(state=State.WAITING, after__state=State.REJECTED)
    unsent = Q(state__in=(State.WAITING, State.QUEUED, State.SENDING)) & ~for_a_person
    unfollowed = Q(state=State.CONFIRMED, followed_up_at__isnull=True)
    return AfasDocument.objects.filter(looked_for | unsent | unfollowed)


def settle_by_hand(world: World) -> None:
    """Without a look-up people settle what is unknown, once they may; then the rest follows."""
    person = Person(world, "Settler")
    until = time.monotonic() + DRAINED_WITHIN
    unknown = AfasDocument.objects.filter(state=State.UNKNOWN)
    related = ("company", "connection", "customer", "invoice", "target__connection")
    while time.monotonic() < until and (unknown.exists() or moving().exists()):
        for document in unknown.select_related(*related):
            try:
                person.settle_unknown(document)
            except DomainError as error:
                world.tally.told("settling by hand", error)
        time.sleep(STEP)
