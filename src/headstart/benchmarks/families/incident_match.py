"""The program that runs a rule over logs: handed out with each item, and what scores it."""

MATCH = '''\
"""Run a detection over logs: `python match.py answer logs` prints the events that the rule in `answer` catches.

A rule is {"detection": {NAME: SELECTION, ..., "condition": CONDITION}}, a subset of Sigma:

* A SELECTION is an object, of which all entries must hold, or a list of such objects, of which one must.
* An entry is FIELD or FIELD|MODIFIER with a value, or a list of values of which one must fit (with |all: each of them).
* Modifiers: contains, startswith, endswith; re (a regular expression of Python, searched for); all as the last.
  Without one the whole value must be equal. Case does not count, but in regular expressions. There are no wildcards.
* A CONDITION has names of selections, `and`, `or`, `not`, brackets, `1 of NAME*`, `all of NAME*`, `1 of them`.
* An event without the field does not fit. Each event has the field `source`: web, auth, process, dns or file.
"""

import json
import re
import sys
from pathlib import Path

WORDS = re.compile(r"\\s*(\\(|\\)|1 of|all of|[\\w*]+)")


def fits(value, modifier, wanted):
    if modifier == "re":
        return re.search(str(wanted), value) is not None
    value, wanted = value.lower(), str(wanted).lower()
    if modifier == "contains":
        return wanted in value
    if modifier == "startswith":
        return value.startswith(wanted)
    if modifier == "endswith":
        return value.endswith(wanted)
    if modifier:
        raise ValueError(f"no modifier {modifier}")
    return value == wanted


def entry(event, key, wanted):
    field, *modifiers = key.split("|")
    every = all if modifiers[-1:] == ["all"] else any
    modifiers = [each for each in modifiers if each != "all"]
    if len(modifiers) > 1:
        raise ValueError("one modifier, and all after it")
    values = wanted if isinstance(wanted, list) else [wanted]
    if not all(isinstance(each, (str, int)) for each in values):
        raise ValueError("a value is a text or a whole number")
    if field not in event:
        return False
    return every(fits(str(event[field]), "".join(modifiers), each) for each in values)


def selected(event, selection):
    if isinstance(selection, list):
        return any([selected(event, each) for each in selection])
    return all([entry(event, key, wanted) for key, wanted in selection.items()])


class Condition:
    def __init__(self, text, names):
        self.words, self.names = WORDS.findall(text), names
        if "".join(self.words).replace(" ", "") != "".join(text.split()) or not self.words:
            raise ValueError("this is no condition")

    def next(self):
        return self.words.pop(0) if self.words else ""

    def one_of(self):
        made = self.both()
        while self.words[:1] == ["or"]:
            self.next()
            made = ("or", made, self.both())
        return made

    def both(self):
        made = self.single()
        while self.words[:1] == ["and"]:
            self.next()
            made = ("and", made, self.single())
        return made

    def single(self):
        word = self.next()
        if word == "not":
            return ("not", self.single())
        if word == "(":
            made = self.one_of()
            if self.next() != ")":
                raise ValueError("a bracket is open")
            return made
        if word in ("1 of", "all of"):
            stem = self.next()
            found = [n for n in self.names if stem == "them" or (stem.endswith("*") and n.startswith(stem[:-1]))]
            return (word, *found)
        if word not in self.names:
            raise ValueError(f"no selection {word!r}")
        return word

    def tree(self):
        made = self.one_of()
        if self.words:
            raise ValueError("the condition goes on after its end")
        return made


def holds(tree, found):
    if isinstance(tree, str):
        return found[tree]
    kind, *parts = tree
    values = [holds(each, found) for each in parts]
    return {"not": not values[0] if values else False, "and": all(values), "or": any(values),
            "1 of": any(values), "all of": bool(values) and all(values)}[kind]


def caught(rule, events):
    """Whether each event is caught."""
    detection = dict(rule["detection"])
    condition = str(detection.pop("condition"))
    if len(detection) > 60 or len(condition) > 4000:
        raise ValueError("this rule is too large")
    tree = Condition(condition, list(detection)).tree()
    return [holds(tree, {n: selected(event, each) for n, each in detection.items()}) for event in events]


def events(folder):
    """The events of a folder, by file and line."""
    for path in sorted(Path(folder).glob("*.jsonl")):
        for line in path.read_text().splitlines():
            yield json.loads(line)


if __name__ == "__main__":
    every = list(events(sys.argv[2]))
    for event, hit in zip(every, caught(json.loads(Path(sys.argv[1]).read_text())["rule"], every)):
        if hit:
            print(json.dumps(event))
'''
JUDGE = """\
import json, sys
from pathlib import Path

sys.setrecursionlimit(3000)
from match import caught, events

marks = json.loads(Path("marks.json").read_text())
try:
    answer = json.loads(Path("answer").read_bytes())
    touched = {name: sorted(map(str, set(answer["touched"][name]))) for name in ("hosts", "accounts", "files")}
    wrong = [name for name, held in touched.items() if held != marks["touched"][name]]
    missed = alarms = 0
    for folder in ("logs", "quiet", "hidden"):
        hits = caught(answer["rule"], list(events(folder)))
        marked = set(marks.get(folder, []))
        missed += sum(not hits[n] for n in marked)
        alarms += sum(hit and n not in marked for n, hit in enumerate(hits))
except Exception as error:
    print(json.dumps({"error": type(error).__name__}))
else:
    print(json.dumps({"wrong": wrong, "missed": missed, "alarms": alarms}))
"""
