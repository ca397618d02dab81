"""Opening an instance: its settings, its tables, its static files."""

import os
from pathlib import Path

from headstart.errors import Conflict
from headstart.site.configuration import data_folder

EXERCISE_MARK = "exercise.json"  # a data folder that holds this file belongs to an exercise


class BelongsToAnExercise(Conflict):
    """A real instance was pointed at the data of an exercise, or the other way round."""

    code = "belongs-to-an-exercise"

    def __init__(self, folder: Path, *, exercise: bool) -> None:
        if exercise:
            line = f"{folder} holds a real instance; name another folder for the exercise (--data)"
        else:
            line = f"{folder} belongs to an exercise; serve it with `headstart serve --exercise`, or name another"
        super().__init__(line)


def open_instance(*, exercise: bool = False, data: Path | None = None) -> Path:
    """Set Django up on one data folder and bring its tables up to date; the folder.

    An exercise never uses HEADSTART_DATABASE_URL: it is kept apart from a real instance's data, on SQLite in its
    own folder, or in the database that HEADSTART_EXERCISE_DATABASE_URL names.

    Raises:
        BelongsToAnExercise: the folder is an exercise's and this is not one, or the other way round.
        SettingInvalid: an environment variable can't be used.
    """
    if data is not None:
        os.environ["HEADSTART_DATA"] = str(data)
    if exercise:
        os.environ["HEADSTART_EXERCISE"] = "1"
        os.environ["HEADSTART_DATABASE_URL"] = os.environ.get("HEADSTART_EXERCISE_DATABASE_URL", "")
    folder = data_folder(os.environ)
    if (folder / EXERCISE_MARK).exists() != exercise and any(
        (folder / name).exists() for name in (EXERCISE_MARK, "headstart.sqlite3")
    ):
        raise BelongsToAnExercise(folder, exercise=exercise)
    os.environ["HEADSTART_DATA"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headstart.site.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    return folder


def let_go_of_the_database() -> None:
    """Close this process's connections, and PostgreSQL's pool, before a server is forked off it."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def collect_static() -> None:
    """Gather the pages' files where the server finds them (the manifest must be there before the first page)."""
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
