"""An index for the newest events of one action, for the sync history."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [('core', '0001_initial')]

    operations = [
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['company', 'action', '-at'], name='audit_of_one_action'),
        ),
    ]
