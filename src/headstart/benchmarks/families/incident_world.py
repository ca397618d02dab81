"""A made-up organisation: its hosts, people and addresses, and the ordinary events of its logs.

Events are written with logical names of fields; an item draws what each is called.
"""

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from headstart.benchmarks.families.words import THINGS
from headstart.benchmarks.rules.draw import Draw

Event = dict[str, str | int]
NAMES = {
    "time": ("time", "at", "when"),
    "host": ("host", "machine", "node"),
    "user": ("user", "account", "who"),
    "client": ("client", "src", "remote"),
    "image": ("image", "exe", "program"),
    "parent": ("parent", "parent_image", "started_by"),
    "command": ("command", "cmdline", "line"),
    "uri": ("uri", "url", "request"),
    "agent": ("agent", "user_agent"),
    "status": ("status", "code"),
    "query": ("query", "asked", "qname"),
    "type": ("type", "qtype"),
    "file": ("file", "target", "filename"),
    "by": ("by", "image", "process"),
    "action": ("action", "op", "change"),
    "result": ("result", "outcome"),
    "how": ("how", "method", "factor"),
    "method": ("method", "verb"),
}
SOURCES = ("web", "auth", "process", "dns", "file")
ROLES = ("web", "db", "mail", "build", "files", "print", "app", "proxy")
PEOPLE = ("ada", "bela", "caro", "dario", "edda", "finn", "gita", "hugo", "ines", "jonas", "kira", "levi", "mina",
          "nils", "olga", "pavel")  # fmt: skip
SERVICES = ("backup", "deploy", "monitor", "sync", "report", "index")


class ManyDraws(Draw):
    """The same stream, for items of thousands of small choices: eight from each block."""

    def __init__(self, *material: str | int) -> None:
        super().__init__(*material)
        self._blocks = Draw("blocks", *material)
        self._held: list[int] = []

    def below(self, bound: int) -> int:
        """A whole number from 0 to `bound` - 1; without bias, by 32 bits where they are enough."""
        if bound >> 24:
            return self._blocks.below(bound)
        limit = (1 << 32) - (1 << 32) % bound
        while True:
            if not self._held:
                block = hashlib.sha256(self._blocks.below(1 << 62).to_bytes(8, "big")).digest()
                self._held = list(struct.unpack("<8I", block))
            value = self._held.pop()
            if value < limit:
                return value % bound


@dataclass(slots=True)
class World:
    """What events are made of; `hosts`, `people`, `services` and `words` are cut in two for what is hidden."""

    draw: Draw
    hosts: list[str]
    people: list[str]
    services: list[str]
    words: list[str]
    server: str  # the web server's program

    def half(self, *, second: bool) -> "World":
        """The same organisation; what the intruder touches and names is of one half."""

        def cut(of: list[str]) -> list[str]:
            middle = len(of) // 2
            return of[middle:] if second else of[:middle]

        return World(
            self.draw, cut(self.hosts), cut(self.people), cut(self.services), cut(self.words), self.server
        )

    def host(self) -> str:
        """A host."""
        return self.draw.choice(self.hosts)

    def person(self) -> str:
        """Somebody."""
        return self.draw.choice(self.people)

    def service(self) -> str:
        """The account of a service."""
        return f"svc-{self.draw.choice(self.services)}"

    def word(self) -> str:
        """A plain word."""
        return self.draw.choice(self.words)

    def inside(self) -> str:
        """An address of the organisation's own."""
        return f"192.0.2.{self.draw.between(2, 250)}"

    def outside(self) -> str:
        """An address of anybody else."""
        return f"{self.draw.choice(('198.51.100', '203.0.113'))}.{self.draw.between(2, 250)}"

    def text(self, letters: str, low: int, high: int) -> str:
        """Some letters."""
        return "".join(self.draw.choice(letters) for _ in range(self.draw.between(low, high)))


def world(draw: Draw) -> World:
    """An organisation."""
    roles = draw.shuffled(ROLES)
    return World(
        draw,
        [f"{role}-{draw.between(1, 9)}" for role in roles],
        draw.shuffled(PEOPLE),
        draw.shuffled(SERVICES),
        draw.shuffled(THINGS),
        draw.choice(("/usr/sbin/httpd", "/usr/sbin/nginx", "/usr/bin/caddy", "/usr/sbin/lighttpd")),
    )


AGENTS = (
    "Mozilla/5.0 (X11)",
    "Mozilla/5.0 (Windows)",
    "Mozilla/5.0 (Macintosh)",
    "feed-reader/2",
    "uptime/1.1",
)


def web(here: World, **more: str | int) -> Event:
    """A request."""
    word, draw = here.word(), here.draw
    uri = draw.choice((f"/{word}", f"/{word}/{here.word()}", f"/static/{word}.css", f"/search?q={word}", "/"))
    made: Event = {
        "source": "web",
        "host": here.host(),
        "client": here.outside(),
        "method": "GET",
        "uri": uri,
    }
    status = draw.choice((200, 200, 200, 304, 404))
    return {**made, "status": status, "agent": draw.choice(AGENTS), **more}


def auth(here: World, **more: str | int) -> Event:
    """Somebody logs on."""
    draw = here.draw
    result = "success" if draw.below(6) else "failure"
    made: Event = {"source": "auth", "host": here.host(), "user": here.person(), "client": here.inside()}
    return {**made, "how": draw.choice(("password", "key", "token")), "result": result, **more}


PROGRAMS = (
    ("/usr/bin/python3", "/usr/sbin/cron", "python3 /srv/jobs/{word}.py"),
    ("/usr/bin/rsync", "/usr/sbin/cron", "rsync -a /srv/{word}/ /srv/mirror/{word}/"),
    ("/bin/bash", "/usr/sbin/sshd", "-bash"),
    ("/usr/bin/vim", "/bin/bash", "vim /home/{user}/{word}.txt"),
    ("/usr/bin/git", "/bin/bash", "git pull origin {word}"),
    ("/usr/bin/make", "/bin/bash", "make {word}"),
    ("/usr/bin/less", "/bin/bash", "less /srv/docs/{word}.md"),
)


def process(here: World, **more: str | int) -> Event:
    """A program starts."""
    image, parent, command = here.draw.choice(PROGRAMS)
    user = here.person()
    made: Event = {"source": "process", "host": here.host(), "user": user, "image": image, "parent": parent}
    return {**made, "command": command.format(word=here.word(), user=user), **more}


def dns(here: World, **more: str | int) -> Event:
    """A name is looked up."""
    word, draw = here.word(), here.draw
    query = draw.choice(
        (f"{word}.example.org", f"www.{word}.example.com", f"{word}.{here.word()}.example.net")
    )
    made: Event = {"source": "dns", "host": here.host(), "client": here.inside(), "query": query}
    return {**made, "type": draw.choice(("A", "A", "AAAA", "MX")), **more}


def file(here: World, **more: str | int) -> Event:
    """A file changes."""
    draw, word, user = here.draw, here.word(), here.person()
    name, by = draw.choice(
        (
            (f"/home/{user}/{word}.txt", "/usr/bin/vim"),
            (f"/srv/mirror/{word}/{here.word()}.dat", "/usr/bin/rsync"),
            (f"/srv/app/cache/{word}.html", "/usr/bin/python3"),
            (f"/home/{user}/src/{word}.c", "/usr/bin/git"),
        )
    )
    made: Event = {"source": "file", "host": here.host(), "user": user, "file": name, "by": by}
    return {**made, "action": draw.choice(("create", "modify", "modify", "delete")), **more}


ORDINARY: dict[str, Callable[..., Event]] = {
    "web": web,
    "auth": auth,
    "process": process,
    "dns": dns,
    "file": file,
}


def ordinary(here: World, count: int) -> list[Event]:
    """Ordinary events."""
    return [ORDINARY[here.draw.choice(SOURCES)](here) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class Span:
    """A time that logs are of."""

    begins: datetime
    minutes: int

    def moment(self, draw: Draw) -> datetime:
        """Some moment of it."""
        return self.begins + timedelta(minutes=draw.below(self.minutes), seconds=draw.below(60))


def span(draw: Draw, days: int) -> Span:
    """Some days of some year."""
    begins = datetime(draw.between(2031, 2038), 1, 1, tzinfo=UTC) + timedelta(days=draw.below(300))
    return Span(begins, days * 1440)
