from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("benchmarks", "0003_sides"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="subject",
            field=models.CharField(db_index=True, default="", help_text="what it is done for, as a URN", max_length=128),
            preserve_default=False,
        ),
    ]
