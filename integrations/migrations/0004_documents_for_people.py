"""Indexes for the lists of documents: those that wait for a person, by state, by number."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("integrations", "0003_refused_but_in_doubt"),
        ("invoicing", "0001_initial"),
        ("relations", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="afasdocument",
            name="documents_by_state",
        ),
        migrations.AddIndex(
            model_name="afasdocument",
            index=models.Index(
                fields=["company", "state", "-created_at"], name="documents_by_state"
            ),
        ),
        migrations.AddIndex(
            model_name="afasdocument",
            index=models.Index(
                condition=models.Q(
                    ("state", "rejected"), models.Q(("asks", ""), _negated=True), _connector="OR"
                ),
                fields=["company"],
                name="documents_for_a_person",
            ),
        ),
        migrations.AddIndex(
            model_name="afasdocument",
            index=models.Index(
                condition=models.Q(("order_number", ""), _negated=True),
                fields=["company", "order_number"],
                name="documents_by_order_number",
            ),
        ),
        migrations.AddIndex(
            model_name="afasdocument",
            index=models.Index(
                condition=models.Q(("invoice_number", ""), _negated=True),
                fields=["company", "invoice_number"],
                name="documents_by_invoice_number",
            ),
        ),
    ]
