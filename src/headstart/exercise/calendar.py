"""The made-up calendar: days of the window, kept in the exercise's folder, so that its pages live on the same day."""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from headstart import clock

FILE = "calendar.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Days are counted from the moment the window opens."""

    opens: datetime
    folder: Path

    def day(self, number: float) -> datetime:
        """The moment `number` days after the window opens."""
        return self.opens + timedelta(days=number)

    def go_to(self, number: float) -> datetime:
        """Turn the calendar to a day, never back; what time it is then."""
        moment = max(self.day(number), clock.now() if clock.shift() else self.day(number))
        clock.travel_to(moment)
        (self.folder / FILE).write_text(json.dumps({"now": moment.isoformat()}))
        return moment


def resume(folder: Path | None = None) -> None:
    """Go on from the day on which the exercise was left."""
    path = (folder or Path(os.environ["HEADSTART_DATA"])) / FILE
    if path.exists():
        clock.travel_to(datetime.fromisoformat(json.loads(path.read_text())["now"]))
