"""An index for whoever asks what changed of the documents since a moment."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0012_sales_bookings")]

    operations = [
        migrations.AddIndex(
            model_name="afasdocument",
            index=models.Index(fields=["company", "changed_at"], name="documents_by_change"),
        ),
    ]
