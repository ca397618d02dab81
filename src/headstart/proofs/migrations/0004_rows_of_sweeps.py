import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('proofs', '0003_sweeps'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='releaserun',
            options={'ordering': ['sweep', 'position']},
        ),
        migrations.RemoveConstraint(
            model_name='releaserun',
            name='proofs_release_once',
        ),
        migrations.AlterField(
            model_name='releaserun',
            name='sweep',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='proofs.sweep'),
        ),
        migrations.RemoveField(
            model_name='releaserun',
            name='finding',
        ),
        migrations.AddConstraint(
            model_name='releaserun',
            constraint=models.UniqueConstraint(fields=('sweep', 'version'), name='proofs_release_once'),
        ),
    ]
