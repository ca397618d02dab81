"""Build the inventories of the exercise's operators from real dependency sets. Needs a network, uv and npm.

    python examples/inventories/build.py

The operators are made up; what they run is not: each Python set is what uv resolves for those applications as of that
day, each npm set what npm locks for those releases. What an operator got with a system or from a vendor is listed here.
"""

import json
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import quote

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component of an asset; `version` is None where nobody knows it."""

    kind: str
    name: str
    version: str | None
    qualifiers: str = ""

    @property
    def purl(self) -> str:
        """Such as `pkg:npm/%40hapi/hoek@9.3.0`."""
        name = "/".join(quote(each, safe="._-") for each in self.name.split("/"))
        version = "" if self.version is None else "@" + quote(self.version, safe="._-+~")
        return f"pkg:{self.kind}/{name}{version}" + (f"?{self.qualifiers}" if self.qualifiers else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonSet:
    """What an application written in Python brings along, as of a day."""

    python: str
    day: date
    needs: str

    def parts(self) -> list[Part]:
        """As uv resolves it."""
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "needs.in").write_text("\n".join(self.needs.split()))
            command = ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-config"]
            command += ["--python-version", self.python, "--exclude-newer", self.day.isoformat(), "needs.in"]
            said = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
        pairs = [line.partition(";")[0].strip().split("==") for line in said.splitlines() if "==" in line]
        return [Part(kind="pypi", name=name, version=version) for name, version in pairs]


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmSet:
    """What an application written in JavaScript brings along; npm's calendar can't be asked, so releases are named."""

    needs: dict[str, str]

    def parts(self) -> list[Part]:
        """As npm locks it; a package at two versions is two parts."""
        with tempfile.TemporaryDirectory() as folder:
            manifest = {"name": "application", "version": "1.0.0", "dependencies": self.needs}
            (Path(folder) / "package.json").write_text(json.dumps(manifest))
            command = ["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            locked = json.loads((Path(folder) / "package-lock.json").read_text())["packages"]
        pairs = {
            (path.rpartition("node_modules/")[2], each["version"]) for path, each in locked.items() if path
        }
        return [Part(kind="npm", name=name, version=version) for name, version in sorted(pairs)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What came with a system or from a vendor: purl type, name, version, qualifiers."""

    rows: tuple[tuple[str, str, str | None, str], ...]

    def parts(self) -> list[Part]:
        """As listed."""
        return [Part(kind=kind, name=name, version=at, qualifiers=more) for kind, name, at, more in self.rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The inventory of one asset."""

    operator: str
    file: str
    asset: str
    day: date
    form: str
    sets: tuple[PythonSet | NpmSet | Listed, ...]

    def parts(self) -> list[Part]:
        """Each part once, in the order of their purls."""
        return sorted({part.purl: part for each in self.sets for part in each.parts()}.values(), key=_by_purl)


def _by_purl(part: Part) -> str:
    return part.purl


DEBIAN = "arch=amd64&distro=debian-12"
ROCKY = "arch=x86_64&distro=rocky-8"

DOCUMENTS = (
    Document(
        operator="hospital",
        file="patient-portal.cdx.json",
        asset="Patient portal",
        day=date(2024, 4, 9),
        form="CycloneDX 1.6",
        sets=(
            PythonSet(
                python="3.11",
                day=date(2024, 4, 5),
                needs="fastapi uvicorn python-multipart httpx jinja2 sqlalchemy alembic email-validator",
            ),
            Listed(
                rows=(
                    ("deb", "debian/openssl", "3.0.11-1~deb12u2", DEBIAN),
                    ("deb", "debian/libc6", "2.36-9+deb12u4", DEBIAN),
                    ("deb", "debian/libexpat1", "2.5.0-1", DEBIAN),
                    ("deb", "debian/zlib1g", "1:1.2.13.dfsg-1", DEBIAN),
                    ("generic", "tinytemplate", "1.3.0", ""),
                )
            ),
        ),
    ),
    Document(
        operator="hospital",
        file="ward-board.cdx.json",
        asset="Ward board",
        day=date(2023, 4, 12),
        form="CycloneDX 1.6",
        sets=(
            PythonSet(
                python="3.10",
                day=date(2023, 4, 10),
                needs="django djangorestframework django-filter gunicorn whitenoise requests markdown",
            ),
        ),
    ),
    Document(
        operator="hospital",
        file="lab-gateway.cdx.json",
        asset="Laboratory gateway",
        day=date(2024, 2, 20),
        form="CycloneDX 1.6",
        sets=(
            NpmSet(needs={"polka": "0.5.2", "mkdirp": "0.5.1", "jsonpath": "1.0.2", "yaml": "2.2.1"}),
            Listed(rows=(("generic", "minirec", "1.2.0", ""),)),
        ),
    ),
    Document(
        operator="hospital",
        file="imaging-viewer.cdx.json",
        asset="Imaging viewer",
        day=date(2025, 8, 4),
        form="CycloneDX 1.6",
        sets=(
            Listed(
                rows=(
                    ("pypi", "sqlparse", None, ""),  # the vendor doesn't say which
                    ("pypi", "idna", "3.7", ""),
                    # The vendor's own words: no order of versions knows them.
                    ("npm", "underscore", "viewer-fork", ""),
                    ("generic", "minirec", "vendor-build-7", ""),
                )
            ),
        ),
    ),
    Document(
        operator="utility",
        file="telemetry-portal.spdx.json",
        asset="Telemetry portal",
        day=date(2019, 12, 12),
        form="SPDX 2.3",
        sets=(
            PythonSet(
                python="3.7",
                day=date(2019, 12, 10),
                needs="pyramid waitress pyramid-jinja2 requests pyramid-tm zope-sqlalchemy",
            ),
            Listed(
                rows=(
                    ("rpm", "rocky/glibc", "2.28-225.el8", ROCKY),
                    ("rpm", "rocky/openssl-libs", "1.1.1k-9.el8_7", ROCKY + "&epoch=1"),
                    ("rpm", "rocky/zlib", "1.2.11-21.el8_7", ROCKY),
                    ("rpm", "rocky/bash", "4.4.20-4.el8_6", ROCKY),
                )
            ),
        ),
    ),
    Document(
        operator="utility",
        file="meter-import.spdx.json",
        asset="Meter import",
        day=date(2025, 7, 1),
        form="SPDX 2.3",
        sets=(
            NpmSet(needs={"minimist": "1.2.0", "yaml": "1.10.2", "winston": "3.13.0", "undici": "6.19.2"}),
            Listed(
                rows=(
                    ("generic", "minirec", "1.1.0", ""),
                    ("generic", "tinytemplate", "1.1.0", ""),
                    ("generic", "tank-level-driver", None, ""),
                )
            ),
        ),
    ),
    Document(
        operator="utility",
        file="historian-reports.spdx.json",
        asset="Historian reports",
        day=date(2024, 8, 6),
        form="SPDX 2.3",
        sets=(
            PythonSet(
                python="3.12",
                day=date(2024, 8, 1),
                needs="django gunicorn requests whitenoise openpyxl xlsxwriter",
            ),
            Listed(rows=(("pypi", "waitress", None, ""),)),
        ),
    ),
    Document(
        operator="bank",
        file="online-banking.cdx.json",
        asset="Online banking",
        day=date(2024, 5, 14),
        form="CycloneDX 1.5",
        sets=(
            NpmSet(needs={"express": "4.19.2", "helmet": "7.1.0", "underscore": "1.13.0-1", "yaml": "2.4.5"}),
            Listed(
                rows=(
                    ("deb", "debian/libssl3", "3.0.14-1~deb12u2", DEBIAN),
                    ("deb", "debian/libexpat1", "2.5.0-1+deb12u1", DEBIAN),
                    ("deb", "debian/nginx", "1.22.1-9", DEBIAN),
                    ("generic", "tinytemplate", "1.2.0", ""),
                )
            ),
        ),
    ),
    Document(
        operator="bank",
        file="loan-documents.cdx.json",
        asset="Loan documents",
        day=date(2026, 3, 3),
        form="CycloneDX 1.5",
        sets=(
            PythonSet(
                python="3.12",
                day=date(2026, 3, 1),
                needs="fastapi uvicorn python-multipart httpx jinja2 sqlalchemy reportlab",
            ),
            Listed(rows=(("generic", "minirec", "1.2.1", ""),)),
        ),
    ),
    Document(
        operator="bank",
        file="ledger-exports.cdx.json",
        asset="Ledger exports",
        day=date(2022, 6, 7),
        form="CycloneDX 1.5",
        sets=(
            PythonSet(python="3.10", day=date(2022, 6, 1), needs="flask waitress sqlparse requests"),
            Listed(rows=(("npm", "minimist", "auditor-fork", ""),)),
        ),
    ),
)


def cyclonedx(document: Document, parts: list[Part]) -> dict[str, object]:
    """The inventory as CycloneDX."""
    components = []
    for part in parts:
        group, _, name = part.name.rpartition("/")
        entry = {"type": "library", "bom-ref": part.purl, "name": name}
        if group:
            entry["group"] = group
        if part.version is not None:
            entry["version"] = part.version
        components.append({**entry, "purl": part.purl})
    root = {"type": "application", "bom-ref": document.asset, "name": document.asset}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": document.form.split()[1],
        "serialNumber": f"urn:uuid:{_identity(document)}",
        "version": 1,
        "metadata": {"timestamp": f"{document.day.isoformat()}T06:00:00Z", "component": root},
        "components": components,
        "dependencies": [{"ref": document.asset, "dependsOn": [part.purl for part in parts]}],
    }


def spdx(document: Document, parts: list[Part]) -> dict[str, object]:
    """The inventory as SPDX 2.3."""
    packages: list[dict[str, object]] = [
        {
            "SPDXID": "SPDXRef-Asset",
            "name": document.asset,
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
        }
    ]
    for number, part in enumerate(parts, 1):
        reference = {
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": part.purl,
        }
        stated = {} if part.version is None else {"versionInfo": part.version}
        packages.append(
            {
                "SPDXID": f"SPDXRef-Package-{number}",
                "name": part.name,
                **stated,
                "downloadLocation": "NOASSERTION",
                "filesAnalyzed": False,
                "externalRefs": [reference],
            }
        )
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": document.asset,
        "documentNamespace": f"https://utility.example.org/spdx/{_identity(document)}",
        "creationInfo": {
            "created": f"{document.day.isoformat()}T06:00:00Z",
            "creators": ["Tool: headstart-examples"],
        },
        "packages": packages,
        "relationships": [
            _relation("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Asset"),
            *(_relation("SPDXRef-Asset", "CONTAINS", str(each["SPDXID"])) for each in packages[1:]),
        ],
    }


def _relation(one: str, how: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": how, "relatedSpdxElement": other}


def _identity(document: Document) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"https://example.org/{document.operator}/{document.file}")


def main() -> None:
    """Write every inventory beside its operator's assets.toml."""
    for document in DOCUMENTS:
        parts = document.parts()
        made = spdx(document, parts) if document.form.startswith("SPDX") else cyclonedx(document, parts)
        path = HERE / document.operator / document.file
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(made, indent=2) + "\n")
        sys.stderr.write(f"{document.operator}/{document.file}: {len(parts)} components\n")


if __name__ == "__main__":
    main()
