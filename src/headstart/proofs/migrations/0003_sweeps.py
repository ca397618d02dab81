import django.db.models.deletion
import functools
import headstart.ledger.rules.ids
from django.db import migrations, models
from headstart import clock


def keep_the_rows(apps, schema_editor):
    """Each finding's rows become the rows of one sweep that has ended."""
    Sweep, ReleaseRun = apps.get_model('proofs', 'Sweep'), apps.get_model('proofs', 'ReleaseRun')
    for finding in ReleaseRun.objects.order_by().values_list('finding', flat=True).distinct():
        rows = ReleaseRun.objects.filter(finding=finding)
        now = clock.now()
        sweep = Sweep.objects.create(finding_id=finding, report_digest='', sandbox='', began_at=now, finished_at=now)
        rows.update(sweep=sweep)


class Migration(migrations.Migration):

    dependencies = [
        ('findings', '0001_initial'),
        ('proofs', '0002_tasks'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sweep',
            fields=[
                ('id', models.CharField(default=functools.partial(headstart.ledger.rules.ids.new_id, *('swp',), **{}), max_length=32, primary_key=True, serialize=False)),
                ('report_digest', models.CharField(max_length=80)),
                ('sandbox', models.CharField(max_length=32)),
                ('how', models.CharField(choices=[('auto', 'auto'), ('sweep', 'sweep'), ('bisect', 'bisect')], default='sweep', max_length=8)),
                ('began_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(null=True)),
                ('finding', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sweeps', to='findings.finding')),
            ],
            options={
                'ordering': ['-began_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('finished_at', None)), fields=('finding',), name='proofs_one_sweep_at_a_time')],
            },
        ),
        migrations.AddField(
            model_name='releaserun',
            name='sweep',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='proofs.sweep'),
        ),
        migrations.AddField(
            model_name='releaserun',
            name='seen',
            field=models.PositiveIntegerField(default=0, help_text='in how many of the runs the effect was there'),
        ),
        migrations.AddField(
            model_name='releaserun',
            name='seconds',
            field=models.FloatField(default=0.0),
        ),
        migrations.AlterField(
            model_name='releaserun',
            name='position',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(keep_the_rows, migrations.RunPython.noop),
    ]
