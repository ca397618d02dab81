from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('proofs', '0004_rows_of_sweeps'),
    ]

    operations = [
        migrations.RenameField('task', 'why', 'said'),
        migrations.AlterField('task', 'said', models.TextField(blank=True, help_text='in a sentence: what came of it, or why it failed')),
    ]
