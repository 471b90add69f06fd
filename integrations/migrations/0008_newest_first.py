"""Indexes for the sync history: the newest of each kind without sorting all of them."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('integrations', '0007_restored_backups')]

    operations = [
        migrations.AddIndex(
            model_name='checkrun',
            index=models.Index(fields=['company', '-started_at'], name='checks_newest_first'),
        ),
        migrations.AddIndex(
            model_name='importrun',
            index=models.Index(fields=['company', '-queued_at'], name='imports_newest_first'),
        ),
        migrations.AddIndex(
            model_name='invoicingrun',
            index=models.Index(fields=['company', '-created_at'], name='runs_newest_first'),
        ),
    ]
