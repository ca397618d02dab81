"""What the packages room refuses, and what it could not do."""

from headstart.errors import Invalid, NotFound, Unable


class PurlInvalid(Invalid):
    """A text is not a package URL."""

    code = "purl-invalid"

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"{text[:200]!r} is not a package URL such as pkg:pypi/name@1.2.3: {why}")


class RangeInvalid(Invalid):
    """A text is not a version range in `vers` form, or a record's range has no meaning."""

    code = "range-invalid"

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"{text[:200]!r} is not a version range such as vers:pypi/>=1.0|<1.2: {why}")


class PackageNotFound(NotFound):
    """The registry, or the folder of local targets, has no such package or release."""

    code = "package-not-found"

    def __init__(self, purl: str, where: str) -> None:
        super().__init__(f"{purl} is not in {where}; check its name and version")


class ArchiveUnsafe(Invalid):
    """A package's archive would write outside its folder, holds a link or device, or is a bomb."""

    code = "archive-unsafe"

    def __init__(self, archive: str, why: str) -> None:
        super().__init__(f"{archive} was not unpacked: {why}")


class Uninstallable(Unable):
    """A release could not be installed here: which step, and the last line of its log."""

    code = "uninstallable"

    def __init__(self, purl: str, step: str, last_line: str) -> None:
        super().__init__(f"{purl} could not be installed here: {step}: {last_line}")
        self.step = step
        self.last_line = last_line


class SourceNotBuilt(Unable):
    """The code that builds a source distribution failed: at which step, and the last lines of its log."""

    code = "source-not-built"

    def __init__(self, step: str, log: str) -> None:
        super().__init__(f"{step}: {log}")
        self.step = step
        self.log = log


class RegistryUnreachable(Unable):
    """The registry did not answer."""

    code = "registry-unreachable"

    def __init__(self, registry: str, why: str) -> None:
        super().__init__(
            f"the {registry} registry did not answer ({why}); connect this machine and try again"
        )


class DownloadFailed(Unable):
    """A file could not be had from its address, or is not the file that was named."""

    code = "download-failed"

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address[:200]!r} could not be had: {why}")


class CommitNotFound(NotFound):
    """A repository has no branch, tag or commit of that name."""

    code = "commit-not-found"

    def __init__(self, repository: str, name: str) -> None:
        super().__init__(f"{repository} has no branch, tag or commit {name[:80]!r}; check its name")


class CommitsApart(Invalid):
    """Of two commits the first does not come before the last."""

    code = "commits-apart"

    def __init__(self, repository: str, first: str, last: str) -> None:
        super().__init__(f"in {repository} {first[:12]} does not come before {last[:12]}; name one that does")


class GitFailed(Unable):
    """A repository could not be had or read: what it is, the step, and git's own word."""

    code = "git-failed"

    def __init__(self, repository: str, step: str, why: str) -> None:
        super().__init__(f"{repository}: git could not {step}: {why}")


class StoreNotOurs(Unable):
    """Somebody else made the folder where root's store would be."""

    code = "store-not-ours"

    def __init__(self, folder: str) -> None:
        super().__init__(f"{folder} is not root's own; remove it and try again")
