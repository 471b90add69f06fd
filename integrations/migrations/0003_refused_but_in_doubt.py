"""What was refused after an attempt without an answer is in doubt: it is unknown from now on.

And what AFAS has confirmed before is looked up until it is seen, like everything since.
"""

from django.db import migrations
from django.db.models.functions import Coalesce, Now


def doubt(apps, schema_editor):
    documents = apps.get_model("integrations", "AfasDocument").objects
    documents.filter(state="rejected", ever_unknown=True).update(
        state="unknown",
        absent_means="rejected",
        unknown_since=Coalesce("unknown_since", "created_at"),
    )
    documents.filter(state="confirmed", kind="direct_invoice").update(next_look_at=Now())


class Migration(migrations.Migration):
    dependencies = [("integrations", "0002_unknown_outcomes_and_undo")]

    # Backwards it stays unknown, which the earlier code never sends again.
    operations = [migrations.RunPython(doubt, migrations.RunPython.noop)]
