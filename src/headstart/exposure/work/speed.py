"""What matching costs, end to end: bytes of inventories in, a table of hits out; beside a plain loop with univers."""

import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headstart.exposure.rules.components import Cast
from headstart.exposure.rules.documents import Inventory, parse
from headstart.exposure.rules.hits import Interest
from headstart.exposure.work.matching import Index
from headstart.packages.rules.purl import parse as parse_purl
from headstart.packages.rules.ranges import Interval, Range

PACKAGES = 50_000
RELEASES = ("0.9.1", "1.2.4", "1.10.0", "2.0.7", "2.1.3")
ADVISED = 30_000
DOCUMENT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One run, in seconds of one core's time. The peer's hits are ours on its sample, or `agrees` is False."""

    components: int
    advisories: int
    hits: int
    components_a_second: float
    reading_components_a_second: float
    peak_mebibytes: float | None
    """The process's peak while it ran; None where the system does not say."""
    one_inventory_seconds: float
    """One inventory of 10,000 components, as bytes, against every advisory, with the index made before."""
    peer_components_a_second: float
    peer_components: int
    agrees: bool

    @property
    def ratio(self) -> float:
        """How many times the plain loop's pace."""
        return self.components_a_second / self.peer_components_a_second


def figures(components: int = 1_000_000, peer_components: int = 20_000) -> Figures:
    """Match made-up inventories of the size and repetition of real ones, on one core.

    Needs `univers`, which is a dependency of development alone.
    """
    names = [f"package-{number}" for number in range(PACKAGES)]
    interests = _interests(names)
    peak = _Peak()
    started = time.process_time()
    index = Index(interests)
    cast = Cast()
    spent = time.process_time() - started
    read: list[Inventory] = []
    for data in _documents(names, components):
        started = time.process_time()
        read.append(parse(data, name=f"inventory {len(read)}", cast=cast))
        spent += time.process_time() - started
    reading = spent
    started = time.process_time()
    hits = index.match(read)
    spent += time.process_time() - started
    mebibytes = peak.mebibytes()
    one = next(_documents(names, DOCUMENT))
    started = time.process_time()
    index.match([parse(one, cast=cast)])
    single = time.process_time() - started
    sample = list(_documents(names, peer_components))
    ours = {
        (each.advisory, str(each.component.purl))
        for each in index.match([parse(data, cast=cast) for data in sample])
    }
    started = time.process_time()
    theirs = _plain_loop(sample, interests)
    peer_seconds = time.process_time() - started
    return Figures(
        components=components,
        advisories=len(interests),
        hits=len(hits),
        components_a_second=components / spent,
        reading_components_a_second=components / reading,
        peak_mebibytes=mebibytes,
        one_inventory_seconds=single,
        peer_components_a_second=peer_components / peer_seconds,
        peer_components=peer_components,
        agrees=ours == theirs,
    )


def _interests(names: list[str]) -> list[Interest]:
    """Two lines of releases, each with its fix, for the packages that are advised on."""
    intervals = (Interval(fixed="1.2.5"), Interval(introduced="2.0.0", fixed="2.1.3"))
    affected = {kind: Range(ecosystem=kind, intervals=intervals) for kind in ("PyPI", "npm")}
    return [
        Interest(id=f"ADV-{name}", purl=purl, range=affected[purl.ecosystem])
        for name in names[:ADVISED]
        for purl in [parse_purl(_package(name))]
    ]


def _package(name: str) -> str:
    return f"pkg:{'npm' if int(name[8:]) % 2 else 'pypi'}/{name}"


def _documents(names: list[str], components: int) -> Iterator[bytes]:
    """CycloneDX documents of 10,000 components, some 400 bytes each, as makers write them.

    A million of them have 250,000 distinct purls: the share (23%) of 475,695 that four tools found in 1,000 images.
    """
    made = random.Random(1409)  # noqa: S311 - the same documents each time
    for _ in range(0, components, DOCUMENT):
        listed = [_component(made.choice(names), made) for _ in range(min(DOCUMENT, components))]
        document = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": listed}
        yield json.dumps(document).encode()


def _component(name: str, made: random.Random) -> dict[str, Any]:
    version = made.choice(RELEASES)
    purl = f"{_package(name)}@{version}"
    return {
        "bom-ref": f"{purl}?package-id={made.getrandbits(64):016x}",
        "type": "library",
        "name": name,
        "version": version,
        "licenses": [{"license": {"id": "MIT"}}],
        "hashes": [{"alg": "SHA-256", "content": f"{made.getrandbits(256):064x}"}],
        "purl": purl,
        "properties": [{"name": "maker:found-by", "value": "a-cataloguer"}],
    }


def _plain_loop(documents: list[bytes], interests: list[Interest]) -> set[tuple[str, str]]:
    """What one would write first: json, packageurl, and univers for each component whose package is advised on."""
    from packageurl import PackageURL
    from univers.versions import PypiVersion, SemverVersion

    kinds: Mapping[str, Callable[[str], Any]] = {"pypi": PypiVersion, "npm": SemverVersion}
    by_package = defaultdict(list)
    for interest in interests:
        by_package[interest.package].append(interest)
    found = set()
    for data in documents:
        for component in json.loads(data)["components"]:
            purl = PackageURL.from_string(component["purl"])
            kind = kinds[purl.type]
            for interest in by_package.get(f"pkg:{purl.type}/{purl.name}", ()):
                here = kind(str(purl.version))
                for each in interest.range.intervals if interest.range else ():
                    begun = each.introduced is None or here >= kind(each.introduced)
                    if begun and (each.fixed is None or here < kind(each.fixed)):
                        found.add((interest.id, component["purl"]))
    return found


class _Peak:
    """The peak of this process's memory from here on, where Linux tells it."""

    def __init__(self) -> None:
        try:
            Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets the peak
        except OSError:
            self._told = False
        else:
            self._told = True

    def mebibytes(self) -> float | None:
        if not self._told:
            return None
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return None
