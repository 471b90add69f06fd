"""Every AFAS field that we write or that an answer brings back, explained once.

The codes themselves are used in the three modules that build what is sent: documents, bookings and
subjects. A contract test compares this list with what they send.
"""

from __future__ import annotations

from collections.abc import Mapping

MEANINGS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "FbDirectInvoice": {
        "DbId": ("Debiteurnummer", "debtor number"),
        "OrDa": ("Orderdatum", "invoice date"),
        "Unit": ("Administratie", "administration"),
        "CuId": ("Valuta", "currency"),
        "InVa": ("Prijzen inclusief btw", "prices include VAT; ours never do"),
        "RfCs": ("Referentie klant", "the customer's order number and our reference"),
        "Re": ("Opmerking", "remark"),
        "SbAt": ("Bijlage", "number of the dossier item that holds the invoice as PDF"),
        "OrNu": ("Ordernummer, de sleutel", "order number, the key in AFAS's answer"),
        "SinOrNu": ("Factuurnummer", "invoice number, where AFAS's answer has it"),
    },
    "FbDirectInvoiceLines": {
        "VaIt": ("Soort item", "kind of item, see ItemKind"),
        "ItCd": ("Itemcode", "item code; exists within its kind"),
        "Ds": ("Omschrijving", "description"),
        "BiUn": ("Eenheid", "unit; five asterisks for none"),
        "QuUn": ("Aantal eenheden", "quantity"),
        "Upri": ("Prijs per eenheid", "unit price excl. VAT; without it AFAS takes its own"),
    },
    "KnSalesRelationOrg": {
        "DbId": ("Debiteurnummer, de sleutel", "debtor number, the key; AFAS numbers without it"),
        "IsDb": ("Is debiteur", "is a debtor; needed for any booking"),
        "CuId": ("Valuta", "currency"),
        "PaCd": ("Betalingsvoorwaarde", "payment condition"),
        "VaDu": ("Btw-plicht", "VAT duty"),
        "VaId": ("Btw-identificatienummer", "VAT number"),
        "ColA": ("Verzamelrekening", "collective account"),
    },
    "KnOrganisation": {
        "PadAdr": ("Postadres is bezoekadres", "postal address is the visiting address"),
        "AutoNum": ("Automatisch nummeren", "AFAS numbers the organisation"),
        "MatchOga": ("Organisatie vergelijken op", "how AFAS looks for an organisation it has"),
        "Nm": ("Naam", "name"),
        "CcNr": ("KvK-nummer", "chamber of commerce number"),
        "EmAd": ("E-mailadres werk", "e-mail address"),
        "TeNr": ("Telefoonnummer werk", "telephone"),
    },
    "KnBasicAddressAdr": {
        "CoId": ("Land", "country, in AFAS's own codes"),
        "PbAd": ("Is postbusadres", "is a post-office box"),
        "Ad": ("Straat", "street"),
        "HmNr": ("Huisnummer", "house number, digits only"),
        "HmAd": ("Toevoeging aan huisnummer", "addition to the house number"),
        "ZpCd": ("Postcode", "postcode"),
        "Rs": ("Woonplaats", "town"),
        "ResZip": ("Woonplaats bij postcode zoeken", "look the town up by postcode"),
    },
    "FiEntryPar": {
        "Year": ("Boekjaar", "financial year"),
        "Peri": ("Periode", "period; the entry date falls in it"),
        "UnId": ("Administratie", "administration; without it AFAS takes the one used last"),
        "JoCo": ("Dagboek", "journal"),
    },
    "FiEntries": {
        "VaAs": ("Kenmerk rekening", "what the account number is: 1 ledger, 2 debtor"),
        "AcNr": ("Rekeningnummer", "ledger account, or debtor number"),
        "EnDa": ("Boekdatum", "entry date"),
        "BpDa": ("Boekstukdatum", "document date: that of the invoice"),
        "InId": ("Factuurnummer", "our invoice number, the same on all lines"),
        "BpNr": ("Boekstuknummer", "our reference, by which the entry is found again"),
        "Ds": ("Omschrijving", "description"),
        "AmDe": ("Bedrag debet", "debit in EUR, or 0"),
        "AmCr": ("Bedrag credit", "credit in EUR, or 0"),
        "VaId": ("Btw-code", "VAT code, on the revenue and on the VAT over it"),
        "PrId": ("Project", "project"),
        "DaEx": ("Vervaldatum", "due date, on the line of the debtor"),
        "Fref": ("Factuurreferentie", "our invoice number, on the line of the debtor"),
        "EnNo": ("Nummer journaalpost", "entry number, the key in AFAS's answer"),
    },
    "FiDimEntries": {
        "DiC1": ("Verbijzonderingscode as 1", "cost centre, on allocation axis 1"),
        "DiC2": ("Verbijzonderingscode as 2", "cost centre, on allocation axis 2"),
        "DiC3": ("Verbijzonderingscode as 3", "cost centre, on allocation axis 3"),
        "DiC4": ("Verbijzonderingscode as 4", "cost centre, on allocation axis 4"),
        "DiC5": ("Verbijzonderingscode as 5", "cost centre, on allocation axis 5"),
        "AmDe": ("Bedrag debet", "debit in EUR on this cost centre, or 0"),
        "AmCr": ("Bedrag credit", "credit in EUR on this cost centre, or 0"),
    },
    "KnSubject": {
        "StId": ("Type dossieritem", "type of dossier item; each customer of AFAS has its own"),
        "Ds": ("Onderwerp", "subject"),
        "Da": ("Datum", "date and time, as it is in the Netherlands"),
        "SbId": ("Nummer dossieritem", "number of the dossier item, the key in AFAS's answer"),
    },
    "KnSubjectLink": {
        "DoCRM": ("Opslaan in dossier", "keep it in the dossier of the relation"),
        "SfTp": ("Type bestemming", "kind of destination: 4, sales relation"),
        "SfId": ("Bestemming", "debtor number"),
        "SiUn": ("Administratie van de verkoopfactuur", "administration of the sales invoice"),
        "SiTp": ("Type verkoopfactuur", "kind of sales invoice: 1"),
        "SiId": ("Verkoopfactuur", "number of the booked sales invoice"),
    },
    "KnSubjectAttachment": {
        "FileName": ("Bestandsnaam", "file name"),
        "FileStream": ("Bestand", "the file as Base64"),
    },
}
"""Object and field → its Dutch and English meaning."""
