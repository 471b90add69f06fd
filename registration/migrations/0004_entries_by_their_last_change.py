"""Programs ask what changed since they last asked: of a million entries that is few."""

from django.db import migrations, models


def by_change(model, name):
    return migrations.AddIndex(
        model_name=model,
        index=models.Index(fields=["company", "changed_at", "id"], name=f"{name}_by_change"),
    )


class Migration(migrations.Migration):
    dependencies = [("registration", "0003_planned_amounts_of_existing_projects")]
    operations = [
        by_change("hour", "hours"),
        by_change("expense", "expenses"),
        by_change("ride", "rides"),
    ]
