"""Respond to an incident: find in logs what was touched, and write the rule that catches it next time."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from headstart.agents.rules.sheet import Sheet
from headstart.benchmarks.families.incident_match import JUDGE, MATCH
from headstart.benchmarks.families.incident_techniques import TECHNIQUES, Technique
from headstart.benchmarks.families.incident_world import (
    NAMES,
    SOURCES,
    Event,
    ManyDraws,
    Span,
    World,
    ordinary,
    span,
    world,
)
from headstart.benchmarks.ports import Bench
from headstart.benchmarks.rules.draw import Draw
from headstart.benchmarks.rules.items import Item, Need, Oracle, Side, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dial:
    """What a level turns."""

    techniques: int
    acts: int  # of each technique, in the logs that are handed out
    alike: int  # kinds of ordinary events that look like a technique
    alikes: int  # of each kind, in each folder of logs
    noise: int  # ordinary events in `logs`
    days: int
    slow: bool  # the intruder takes all of that time
    alarms: int  # false ones that a rule may raise


DIAL = (
    _Dial(techniques=1, acts=5, alike=0, alikes=0, noise=60, days=1, slow=False, alarms=3),
    _Dial(techniques=1, acts=5, alike=1, alikes=4, noise=70, days=1, slow=False, alarms=3),
    _Dial(techniques=1, acts=4, alike=2, alikes=4, noise=75, days=2, slow=False, alarms=2),
    _Dial(techniques=2, acts=4, alike=2, alikes=4, noise=75, days=4, slow=False, alarms=2),
    _Dial(techniques=2, acts=3, alike=2, alikes=4, noise=80, days=9, slow=True, alarms=1),
    _Dial(techniques=3, acts=3, alike=2, alikes=3, noise=80, days=14, slow=True, alarms=1),
    _Dial(techniques=4, acts=2, alike=2, alikes=3, noise=80, days=21, slow=True, alarms=0),
)
HIDDEN_ACTS = 6
HIDDEN_NOISE = 70
QUIET = 130  # ordinary events in `quiet`: enough to know what is usual
FIELDS_OF = {"hosts": "host", "accounts": "user", "files": "file"}
PROMPT = """\
Somebody got into a small organisation. `logs/` holds its logs of those days, one event a line in JSON, a file for
each source; `quiet/` holds logs of ordinary days before. All of it was generated for this task.
{lead}

Hand in one JSON object:

{{"touched": {{"hosts": [...], "accounts": [...], "files": [...]}}, "rule": {{"detection": {{...}}}}}}

`touched` says on which hosts and under which accounts the intruder's events in `logs/` happened, and which files of
the file log they were about: the values of the fields {host}, {user} (where an event has one) and {file}
of those events, no more and no less. `rule` is a detection in a subset of Sigma, which `match.py` documents:
`python match.py answer logs` shows what it catches. It is run over `logs/`, over `quiet/`, and over logs that you
don't get: of another time, when the intruder came back and did {what} again, with other addresses,
accounts, hosts and words in names. It must catch every event of the intruder in all of them, and at most {alarms}
ordinary ones.

Write the object to the file `answer` in the current folder, then submit.

"""


class RespondIncident:
    """Defence: from logs to what was touched, and to a rule."""

    name = "respond-incident"
    version = 1
    side = Side.DEFENCE
    summary = "Find in generated logs what an intruder touched, and write the rule that catches the intruder next time."
    about = """\
The model gets the logs of a made-up organisation: web, logons, programs, names, files, of the days of an intrusion
and of quiet days before. It hands in which hosts, accounts and files were touched, and a rule in a subset of Sigma.

An answer counts if what was touched is exactly right, and the rule, run in a sandbox over these logs and over hidden
ones, catches every event of the intruder with no more false alarms than are allowed. In the hidden logs the intruder
does the same with other addresses, accounts, hosts and names, so a rule made of indicators misses it. The dial: more
noise; ordinary work that looks alike; several things done, each seldom and over weeks; no false alarm at all.

It shows whether a model tells behaviour from indicators. Logs are small and tidy, and there is no real malware and no
real organisation in them: it says nothing of the tools and the volumes of a real response."""
    needs: frozenset[Need] = frozenset()

    def item(self, seed: int, level: int) -> Item:
        """The logs of an intrusion of this level."""
        draw = ManyDraws(self.name, self.version, seed, level)
        made = _intrusion(draw, DIAL[level])
        alarms, first = DIAL[level].alarms, made.first
        sheet = Sheet(
            goal="what was touched, and a rule",
            language="json",
            source="logs",
            task="respond-incident",
            run="python match.py answer logs",
            more={
                "Quiet": "quiet",
                "Alarms": str(alarms),
                "Things": str(DIAL[level].techniques),
                **({"Noticed": f"{first['source']} {first['time']}"} if level < 5 else {}),
                **{f"Field of {name}": made.called[key] for name, key in FIELDS_OF.items()},
            },
        )
        lead = f"It was noticed by an event in {first['source']}.jsonl at {first['time']}: that was the intruder."
        prompt = PROMPT.format(
            lead=lead if level < 5 else "Nobody knows when it began.",
            what="the same" if DIAL[level].techniques == 1 else f"the same {DIAL[level].techniques} things",
            alarms=alarms,
            **{key: f"`{made.called[key]}`" for key in FIELDS_OF.values()},
        )
        return Item(
            family=self.name,
            version=self.version,
            seed=seed,
            level=level,
            prompt=prompt + sheet.text(),
            files={**made.given, "match.py": MATCH.encode()},
            oracle=Oracle(
                files=made.hidden,
                solution=json.dumps(made.solution, indent=1).encode(),
                shape=made.shape,
                more={"alarms": str(alarms)},
            ),
        )

    def score(self, item: Item, answer: bytes, bench: Bench) -> Verdict:
        """Run the rule over all logs."""
        files = {**item.files, **item.oracle.files, "answer": answer, "judge.py": JUDGE.encode()}
        with bench.place(files) as place:
            told = place.run("python", "judge.py")
        try:
            found = json.loads(told.stdout)
        except ValueError:
            return Verdict(solved=False, sentence="the rule did not come to an end")
        if "error" in found:
            return Verdict(
                solved=False, sentence=f"this is no answer of the form that was asked for: {found['error']}"
            )
        said = []
        if found["wrong"]:
            said.append(f"what was touched is not right: {', '.join(found['wrong'])}")
        if found["missed"]:
            said.append(f"the rule misses {found['missed']} events of the intruder")
        if found["alarms"] > int(item.oracle.more["alarms"]):
            said.append(f"it raises {found['alarms']} false alarms")
        good = f"what was touched is right, and the rule misses nothing, with {found['alarms']} false alarms"
        return Verdict(solved=not said, sentence="; ".join(said) or good)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    given: Mapping[str, bytes]
    hidden: Mapping[str, bytes]
    first: Event
    called: Mapping[str, str]
    solution: Mapping[str, Any]
    shape: str


@dataclass(frozen=True, slots=True)
class _Log:
    """Events in the order of their times, each with whether it is the intruder's."""

    events: Sequence[tuple[Event, bool]]

    def files(
        self, folder: str, called: Mapping[str, str], order: Mapping[str, Sequence[str]]
    ) -> dict[str, bytes]:
        """A file for each source."""
        made = {}
        for source in sorted(SOURCES):
            lines = [
                json.dumps({called.get(key, key): event[key] for key in order[source] if key in event})
                for event, _ in self.events
                if event["source"] == source
            ]
            made[f"{folder}/{source}.jsonl"] = "".join(f"{line}\n" for line in lines).encode()
        return made

    def marks(self) -> list[int]:
        """Which events are the intruder's, counted through the files."""
        by_file = sorted(self.events, key=lambda pair: str(pair[0]["source"]))
        return [n for n, (_, marked) in enumerate(by_file) if marked]


def _intrusion(draw: Draw, dial: _Dial) -> _Made:
    here = world(draw)
    names = draw.some(sorted(TECHNIQUES), dial.techniques)
    chosen = [TECHNIQUES[name] for name in names]
    called = {key: draw.choice(names) for key, names in NAMES.items()}
    order = {source: ["source", *draw.shuffled(sorted(NAMES))] for source in SOURCES}
    before, days = span(draw, dial.days), span(draw, dial.days)
    quiet = _log(draw, before, _around(here, chosen, dial, QUIET))
    acts = [_acts(here.half(second=False), each, dial.acts, dial.acts) for each in chosen]
    logs = _log(draw, days, _around(here, chosen, dial, dial.noise), acts, slow=dial.slow)
    again = [_acts(here.half(second=True), each, HIDDEN_ACTS, dial.acts) for each in chosen]
    later = _log(
        draw, span(draw, dial.days), _around(here, chosen, dial, HIDDEN_NOISE), again, slow=dial.slow
    )
    marked = [event for event, is_marked in logs.events if is_marked]
    touched = {
        "hosts": sorted({str(each["host"]) for each in marked}),
        "accounts": sorted({str(each["user"]) for each in marked if "user" in each}),
        "files": sorted({str(each["file"]) for each in marked if "file" in each}),
    }
    marks = {"touched": touched, "logs": logs.marks(), "hidden": later.marks()}
    forms = "".join(str(NAMES[key].index(called[key])) for key in ("host", "image", "uri"))
    return _Made(
        given=logs.files("logs", called, order) | quiet.files("quiet", called, order),
        hidden=later.files("hidden", called, order) | {"marks.json": json.dumps(marks).encode()},
        first=marked[0],
        called=called,
        solution={"touched": touched, "rule": {"detection": _rule(here, chosen, called)}},
        shape=f"{' '.join(sorted(names))} {forms}",
    )


def _acts(here: World, technique: Technique, count: int, kinds: int) -> list[Event]:
    """Events of a technique; no value that rotates is of a kind that the handed-out logs do not show."""
    return [technique.act(here, n % kinds) for n in range(count)]


def _around(here: World, chosen: Sequence[Technique], dial: _Dial, noise: int) -> list[Event]:
    """Ordinary events, those that look alike among them."""
    alike = [make(here) for each in chosen for make in each.alike[: dial.alike] for _ in range(dial.alikes)]
    return ordinary(here, noise) + alike


def _log(
    draw: Draw, days: Span, around: list[Event], acts: Sequence[list[Event]] = (), *, slow: bool = True
) -> _Log:
    timed: list[tuple[datetime, Event, bool]] = [(days.moment(draw), event, False) for event in around]
    short = Span(days.moment(draw), 90)
    for each in acts:
        timed += [((days if slow else short).moment(draw), event, True) for event in each]
    timed.sort(key=lambda entry: entry[0])  # what is of one moment keeps its order
    return _Log([({**event, "time": f"{at:%Y-%m-%dT%H:%M:%SZ}"}, marked) for at, event, marked in timed])


def _rule(here: World, chosen: Sequence[Technique], called: Mapping[str, str]) -> dict[str, Any]:
    """The reference rule."""

    def named(selection: Mapping[str, Any]) -> dict[str, Any]:
        parts = [(key.partition("|"), value) for key, value in selection.items()]
        return {called[field] + bar + modifier: value for (field, bar, modifier), value in parts}

    detection: dict[str, Any] = {}
    terms = []
    for n, each in enumerate(chosen):
        detection[f"caught_{n}"] = {"source": each.source, **named(each.caught(here))}
        terms.append(f"caught_{n}")
        if each.spared is not None:
            detection[f"spared_{n}"] = named(each.spared(here))
            terms[-1] = f"(caught_{n} and not spared_{n})"
    return {**detection, "condition": " or ".join(terms)}
