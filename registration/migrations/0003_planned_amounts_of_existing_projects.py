"""Fixed prices get their implicit instalments, subscriptions their terms."""

from django.db import migrations
from django.db.models import Min


def fixed_prices(apps, editor):
    """A price without a list is one instalment; a list that is there already stays as it is."""
    Instalment = apps.get_model("registration", "Instalment")
    Project = apps.get_model("registration", "Project")
    projects = Project.objects.filter(billing_method="fixed_project", price__gt=0)
    listed = Instalment.objects.values("project")
    Instalment.objects.bulk_create(
        Instalment(
            company_id=project.company_id,
            project=project,
            implicit=True,
            description=f"{project.name}"[:200],
            amount=project.price,
            due_on=project.starts_on or project.created_at.date(),
        )
        for project in projects.exclude(pk__in=listed)
    )


def amounts_of_activities(apps, editor):
    """Each amount of an activity is one instalment."""
    Instalment = apps.get_model("registration", "Instalment")
    Activities = apps.get_model("registration", "ProjectActivity")
    rows = Activities.objects.filter(project__billing_method="fixed_activity", fixed_amount__gt=0)
    Instalment.objects.bulk_create(
        Instalment(
            company_id=row.company_id,
            project=row.project,
            activity=row.activity,
            implicit=True,
            description=f"{row.project.name}, {row.activity.name}"[:200],
            amount=row.fixed_amount,
            due_on=row.project.starts_on or row.project.created_at.date(),
        )
        for row in rows.select_related("project", "activity")
    )


def subscriptions(apps, editor):
    """Every month in advance, from the first period that is there; no earlier one appears."""
    Period = apps.get_model("registration", "SubscriptionPeriod")
    Project = apps.get_model("registration", "Project")
    Subscription = apps.get_model("registration", "Subscription")
    first = dict(Period.objects.order_by().values_list("project").annotate(Min("starts_on")))
    projects = Project.objects.filter(billing_method="subscription", subscription=None)
    Subscription.objects.bulk_create(
        Subscription(
            company_id=project.company_id,
            project=project,
            starts_on=first.get(project.pk) or project.created_at.date(),
        )
        for project in projects
    )


class Migration(migrations.Migration):
    dependencies = [("registration", "0002_billing_methods_in_full")]

    operations = [
        migrations.RunPython(fixed_prices, migrations.RunPython.noop),
        migrations.RunPython(amounts_of_activities, migrations.RunPython.noop),
        migrations.RunPython(subscriptions, migrations.RunPython.noop),
    ]
