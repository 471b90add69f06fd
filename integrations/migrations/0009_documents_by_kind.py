"""An index for the list of one kind of documents, by state and newest first."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("integrations", "0008_newest_first"),
        ("invoicing", "0001_initial"),
        ("relations", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="afasdocument",
            index=models.Index(
                fields=["company", "kind", "state", "-created_at"], name="documents_by_kind"
            ),
        ),
    ]
