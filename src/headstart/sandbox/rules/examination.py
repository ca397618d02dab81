"""What the doctor says of a machine: values, and the one-line remedies."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One way out that was really tried. `held`: the sandbox held; None: not known, the sentence says why."""

    name: str
    sentence: str
    held: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that this machine lacks, what won't work without it, and what to type."""

    what: str
    consequence: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """Whether untrusted jobs may run here. `provider` is None where none starts, and `why` says why not."""

    provider: str | None
    fit: bool
    why: str | None
    tries: tuple[Try, ...]
    missing: tuple[Missing, ...]


def ways_out(tries: tuple[Try, ...]) -> tuple[Try, ...]:
    """The tries that got out; what is not known is not one of them."""
    return tuple(each for each in tries if each.held is False)


REMEDIES: Mapping[str, Mapping[str, str]] = {
    "debian": {
        "bubblewrap": "sudo apt-get install -y bubblewrap",
        "libseccomp": "sudo apt-get install -y libseccomp2",
        "a C compiler with AddressSanitizer": "sudo apt-get install -y gcc libc6-dev",
        "a C++ compiler": "sudo apt-get install -y g++",
        "make and cmake": "sudo apt-get install -y make cmake",
        "Node.js": "sudo apt-get install -y nodejs",
        "chroot and prlimit": "sudo apt-get install -y coreutils util-linux",
    },
    "fedora": {
        "bubblewrap": "sudo dnf install -y bubblewrap",
        "libseccomp": "sudo dnf install -y libseccomp",
        "a C compiler with AddressSanitizer": "sudo dnf install -y gcc libasan libubsan",
        "a C++ compiler": "sudo dnf install -y gcc-c++",
        "make and cmake": "sudo dnf install -y make cmake",
        "Node.js": "sudo dnf install -y nodejs",
        "chroot and prlimit": "sudo dnf install -y coreutils util-linux",
    },
    "arch": {
        "bubblewrap": "sudo pacman -S --needed bubblewrap",
        "libseccomp": "sudo pacman -S --needed libseccomp",
        "a C compiler with AddressSanitizer": "sudo pacman -S --needed gcc",
        "a C++ compiler": "sudo pacman -S --needed gcc",
        "make and cmake": "sudo pacman -S --needed make cmake",
        "Node.js": "sudo pacman -S --needed nodejs",
        "chroot and prlimit": "sudo pacman -S --needed coreutils util-linux",
    },
    "macos": {
        "bubblewrap": "run Headstart in a Linux virtual machine: brew install lima && limactl start template://debian",
        "libseccomp": "run Headstart in a Linux virtual machine: brew install lima && limactl start template://debian",
        "a C compiler with AddressSanitizer": "xcode-select --install",
        "a C++ compiler": "xcode-select --install",
        "make and cmake": "brew install make cmake",
        "Node.js": "brew install node",
        "chroot and prlimit": "run Headstart in a Linux virtual machine (brew install lima)",
    },
}
"""By family of systems. Node.js comes with `pip install headstart[node]` too."""


def remedy(what: str, family: str) -> str:
    """What to type on that family of systems; for another, the thing to look for."""
    return REMEDIES.get(family, {}).get(what, f"install {what} with this system's package manager")


def family_of(os_release: str, platform: str) -> str:
    """The family of a system, from /etc/os-release and `sys.platform`."""
    if platform == "darwin":
        return "macos"
    pairs = (line.partition("=") for line in os_release.splitlines())
    values = {name: value.strip("\"'") for name, _, value in pairs}
    for word in (values.get("ID", ""), *values.get("ID_LIKE", "").split()):
        known = {"ubuntu": "debian", "rhel": "fedora", "centos": "fedora"}.get(word, word)
        if known in REMEDIES:
            return known
    return "other"
