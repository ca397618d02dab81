from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SIDES = {"find": "offence", "mend": "defence"}


def rename(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Sides are called by the field's own words."""
    items = apps.get_model("benchmarks", "ItemResult").objects.using(editor.connection.alias)
    for old, new in SIDES.items():
        items.filter(side=old).update(side=new)


class Migration(migrations.Migration):

    dependencies = [
        ("benchmarks", "0002_runs"),
    ]

    operations = [
        migrations.RunPython(rename, migrations.RunPython.noop),
    ]
