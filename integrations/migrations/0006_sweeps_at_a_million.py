"""One count of sweeps for all machines, and an index for each question that the sweep asks."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('integrations', '0005_watching')]

    operations = [
        migrations.RemoveIndex(
            model_name='afasdocument',
            name='documents_to_look_for',
        ),
        migrations.AddField(
            model_name='sweepclock',
            name='counted',
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name='afasdocument',
            index=models.Index(condition=models.Q(('next_look_at__isnull', False), ('state', 'unknown')), fields=['next_look_at'], name='documents_to_look_for'),
        ),
        migrations.AddIndex(
            model_name='afasdocument',
            index=models.Index(condition=models.Q(('next_look_at__isnull', False), ('seen_at__isnull', True), ('state', 'confirmed')), fields=['connection', 'next_look_at'], name='documents_to_be_seen'),
        ),
        migrations.AddIndex(
            model_name='afasdocument',
            index=models.Index(condition=models.Q(('state__in', ('waiting', 'queued', 'unknown'))), fields=['state', 'queued_at'], name='documents_not_over'),
        ),
        migrations.AddIndex(
            model_name='afasdocument',
            index=models.Index(condition=models.Q(('followed_up_at__isnull', True), ('state', 'confirmed')), fields=['confirmed_at'], name='documents_to_follow_up'),
        ),
    ]
