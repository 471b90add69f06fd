"""A company's link to one AFAS environment and administration."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.secrets import EncryptedTextField
from core.tenancy import CompanyOwned


class AfasConnection(CompanyOwned):
    """The target (environment, administration), the credentials, and how we work with AFAS.

    The target never changes: linking elsewhere closes this row and makes a new one, and documents
    stay with the connection they were made for (DECISIONS A10). `environment` is the participant
    number followed by nothing, "test" or "accept"; links and documents carry the same text.

    `lookup_connector` shows direct invoices with our reference; a check proves it and pins a row of
    it, `lookup_control`, by its order number: a look-up counts as absence only when it shows that
    row (`debtor_control` is the same for debtors). The fields of `booking_` are the same for the
    list of sales bookings, whose control is administration/journal/entry. `sight_seconds` is the
    longest that AFAS ever took to show what it had confirmed. After a restored backup nothing
    leaves before `held_until`.
    """

    class Realm(models.TextChoices):
        LIVE = "", _("Live")
        TEST = "test", _("Test")
        ACCEPT = "accept", _("Accept")

    class Credential(models.TextChoices):
        TOKEN = "token", _("Classic token")
        OAUTH = "oauth", _("OAuth client")

    class Lead(models.TextChoices):
        AFAS = "afas", _("AFAS leads: an import overwrites changes made here")
        US = "us", _("We lead: an import only adds new customers")

    class Pause(models.TextChoices):
        PERSON = "person", _("paused by a person")
        CREDENTIALS = "credentials", _("AFAS refuses the credentials")
        ADDRESS = "address", _("AFAS refuses our address")

    participant = models.CharField(
        _("participant number"),
        max_length=5,
        validators=[RegexValidator(r"^\d{5}$", _("A participant number is five digits."))],
    )
    realm = models.CharField(_("environment"), max_length=6, choices=Realm.choices, blank=True)
    environment = models.CharField(max_length=11, db_index=True)
    credential = models.CharField(
        max_length=5, choices=Credential.choices, default=Credential.TOKEN
    )
    user_token = EncryptedTextField(blank=True)
    client_id = models.CharField(_("client id"), max_length=200, blank=True)
    client_secret = EncryptedTextField(blank=True)
    secret_hint = models.CharField(max_length=4, blank=True)
    secret_set_at = models.DateTimeField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    findings = models.JSONField(default=list, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    administration = models.PositiveIntegerField(_("administration"), null=True, blank=True)
    administration_name = models.CharField(max_length=80, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_because = models.CharField(max_length=12, choices=Pause.choices, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    create_customers = models.BooleanField(_("create unknown customers in AFAS"), default=True)
    nightly_import = models.BooleanField(_("import customers every night"), default=False)
    lead = models.CharField(_("who leads"), max_length=4, choices=Lead.choices, default=Lead.AFAS)
    payment_condition = models.CharField(_("payment condition"), max_length=5, blank=True)
    vat_duty = models.CharField(_("VAT duty"), max_length=3, blank=True)
    collective_account = models.CharField(_("collective account"), max_length=16, blank=True)
    debtor_connector = models.CharField(max_length=80, default="ProfitDebtor")
    debtor_mapping = models.JSONField(default=dict, blank=True)
    administration_connector = models.CharField(max_length=80, default="DDI_Profit_Administraties")
    item_connector = models.CharField(max_length=80, default="Profit_Article")
    lookup_connector = models.CharField(max_length=80, default="Uurwerk_DirectInvoices")
    lookup_mapping = models.JSONField(default=dict, blank=True)
    lookup_proven_at = models.DateTimeField(null=True, blank=True)
    lookup_control = models.CharField(max_length=40, blank=True)
    lookup_problem = models.CharField(max_length=20, blank=True)
    booking_connector = models.CharField(max_length=80, default="Uurwerk_Entries")
    booking_mapping = models.JSONField(default=dict, blank=True)
    booking_proven_at = models.DateTimeField(null=True, blank=True)
    booking_control = models.CharField(max_length=40, blank=True)
    booking_problem = models.CharField(max_length=20, blank=True)
    debtor_control = models.CharField(max_length=40, blank=True)
    journal_connector = models.CharField(max_length=80, default="Profit_Journals")
    account_connector = models.CharField(max_length=80, default="Profit_Accounts")
    vat_connector = models.CharField(max_length=80, default="Profit_VAT_code")
    period_connector = models.CharField(max_length=80, default="Profit_periods_per_administration")
    open_items_connector = models.CharField(max_length=80, default="Profit_Debtor_Invoices")
    sight_seconds = models.PositiveIntegerField(default=0)
    held_until = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    compared = models.PositiveSmallIntegerField(default=0)
    import_cursor = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("company",),
                condition=Q(closed_at__isnull=True),
                name="one_open_connection_per_company",
            ),
        )

    def __str__(self) -> str:
        return f"AFAS {self.participant} {self.get_realm_display()}"

    @property
    def has_credentials(self) -> bool:
        """Whether AFAS has accepted these credentials at least once."""
        return bool(self.user_token or self.client_secret) and self.checked_at is not None

    @property
    def is_ready(self) -> bool:
        """Whether documents may be made for it: credentials and administration are there."""
        return self.has_credentials and self.administration is not None and not self.closed_at

    @property
    def target(self) -> str:
        """The target in words for a money dialog: "12345 – Live – 1 Studio Vlier B.V."."""
        administration = f"{self.administration or ''} {self.administration_name}".strip()
        return f"{self.participant} – {self.get_realm_display()} – {administration}"
