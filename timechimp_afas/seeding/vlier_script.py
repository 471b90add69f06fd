"""What the people of Studio Vlier write down. Projects go by their codes."""

from __future__ import annotations

from registration.models import Ride
from timechimp_afas.seeding.diary import Cost, Script, Trip, Work

WORK = {
    "INTERN": (
        Work("Intern overleg", ("Weekstart", "Teamoverleg", "Planning doorgenomen")),
        Work("Intern overleg", ("Portfolio bijgewerkt", "Inwerken op de nieuwe huisstijl")),
    ),
    "WEBSHOP": (
        Work(
            "Ontwikkeling",
            (
                "Afhaalmoment kiezen bij het afrekenen",
                "Voorraad koppelen aan de kassa",
                "Zoekfunctie: ook op allergenen",
                "Fout bij betalen met iDEAL opgelost",
                "Bestelmail in het Nederlands en Duits",
            ),
        ),
        Work(
            "Ontwerp",
            (
                "Schermen voor het afrekenen",
                "Nieuwe productpagina",
                "Foto's van taarten bewerkt",
            ),
        ),
        Work("Projectleiding", ("Voortgang met mevrouw Aerts", "Testronde voorbereid")),
    ),
    "PEIL": (
        Work(
            "Ontwikkeling",
            (
                "Kaart met meetpunten sneller gemaakt",
                "Waarschuwing bij hoogwater",
                "Meetreeksen importeren van de nieuwe loggers",
                "Grafiek per gemaal",
            ),
        ),
        Work("Advies", ("Werksessie gegevensmodel", "Advies over open data", "Memo beveiliging")),
        Work("Ontwerp", ("Kleuren getoetst op leesbaarheid", "Schetsen voor de wachtdienst")),
    ),
    "NOORD": (
        Work("Ontwerp", ("Eerste schetsen", "Stijltegel", "Drie richtingen uitgewerkt")),
        Work(
            "Ontwikkeling",
            ("Sjablonen gebouwd", "Contentbeheer ingericht", "Formulier voor offertes"),
        ),
        Work("Projectleiding", ("Kick-off in Groningen", "Planning bijgesteld")),
    ),
    "BOEKEN": (
        Work(
            "Ontwikkeling",
            ("Catalogus ingelezen", "Cadeaubon als betaalmiddel", "Koppeling met de kassa"),
        ),
        Work("Ontwerp", ("Banner voor de Boekenweek", "Leeslijst als kaartje")),
        Work("Advies", ("Meegedacht over abonnementen", "Uitleg over vindbaarheid")),
    ),
    "HUISSTIJL": (
        Work("Ontwerp", ("Logo uitgewerkt", "Briefpapier en sjablonen", "Handboek huisstijl")),
        Work("Projectleiding", ("Overleg met communicatie", "Presentatie voor het college")),
    ),
    "ZUIDAS": (
        Work("Ontwikkeling", ("Planner voor de vergaderzalen", "Inloggen met het bedrijfsaccount")),
        Work("Ontwerp", ("Klikbaar model", "Iconen voor de zalen")),
    ),
    "HOSTING": (
        Work("Ontwikkeling", ("Updates geplaatst", "Back-up teruggezet als proef")),
        Work("Advies", ("Vragen over mailadressen beantwoord",)),
    ),
    "PORTAAL": (
        Work("Ontwikkeling", ("Updates van het portaal geplaatst", "Storing in het inloggen")),
        Work("Advies", ("Vragen van de planners beantwoord",)),
    ),
}

COSTS = {
    "WEBSHOP": (
        Cost("Parkeren", "Parkeren bij de bakkerij", 4, 14),
        Cost("Materiaal", "Rekwisieten voor de fotografie", 20, 85),
        Cost("Beeldrechten", "Stockfoto's", 15, 60),
    ),
    "PEIL": (
        Cost("Openbaar vervoer", "Trein Utrecht – Zwolle", 18, 42),
        Cost("Verblijf", "Lunch tijdens de werksessie", 12, 38),
    ),
    "NOORD": (
        Cost("Openbaar vervoer", "Trein Utrecht – Groningen", 28, 56),
        Cost("Drukwerk", "Proefdruk", 35, 120),
    ),
    "BOEKEN": (Cost("Materiaal", "Barcodescanner", 49, 89), Cost("Parkeren", "Parkeren", 4, 9)),
    "HUISSTIJL": (
        Cost("Drukwerk", "Proefdruk briefpapier", 60, 180),
        Cost("Lettertypen", "Licentie lettertype", 90, 240),
    ),
    "ZUIDAS": (
        Cost("Parkeren", "Parkeren Zuidas", 12, 30),
        Cost("Verblijf", "Lunch", 9, 30),
    ),
    "HOSTING": (Cost("Materiaal", "Certificaat verlengd", 25, 60),),
}

TRIPS = {
    "INTERN": (
        Trip("Bilthoven", "Utrecht", "11", "Naar kantoor", Ride.Purpose.COMMUTE),
        Trip("Utrecht", "IJsselstein", "13.5", "Boodschappen", Ride.Purpose.PRIVATE),
    ),
    "WEBSHOP": (
        Trip("Utrecht", "Utrecht, Lindenlaan", "6.5", "Overleg bij de bakkerij"),
        Trip("Utrecht", "Houten, bakkerij", "12", "Fotograferen in de bakkerij"),
    ),
    "PEIL": (
        Trip("Utrecht", "Zwolle, Dijkgraafplein", "91", "Werksessie bij het waterschap"),
        Trip("Utrecht", "Kampen, gemaal", "104", "Kijken bij het gemaal"),
    ),
    "NOORD": (Trip("Utrecht", "Groningen", "189", "Presentatie"),),
    "BOEKEN": (Trip("Utrecht", "Deventer, Kerkstraat", "96.5", "Kassa aangesloten"),),
    "HUISSTIJL": (Trip("Utrecht", "Assen, Raadhuisplein", "163", "Gesprek op het raadhuis"),),
    "ZUIDAS": (Trip("Utrecht", "Amsterdam, Zuidas", "42", "Zalen opgemeten"),),
    "HOSTING": (Trip("Utrecht", "Den Haag", "63", "Nieuwe router geplaatst"),),
}

SCRIPT = Script(
    work=WORK,
    costs=COSTS,
    trips=TRIPS,
    shares={
        "Marit": {"INTERN": 3, "PEIL": 3, "NOORD": 2, "HUISSTIJL": 1},
        "Joris": {"INTERN": 4, "BOEKEN": 2, "HOSTING": 1, "PORTAAL": 1},
        "Noor": {"WEBSHOP": 4, "PEIL": 2, "NOORD": 2, "HUISSTIJL": 2, "INTERN": 1},
        "Bram": {"WEBSHOP": 5, "BOEKEN": 3, "ZUIDAS": 2, "HOSTING": 1, "INTERN": 1},
        "Sanne": {"PEIL": 5, "NOORD": 2, "WEBSHOP": 2, "INTERN": 1},
        "Fleur": {"HUISSTIJL": 3, "NOORD": 3, "BOEKEN": 2, "ZUIDAS": 2, "INTERN": 1},
    },
    part_time={"Joris": 3, "Fleur": 4},
)
