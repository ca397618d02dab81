"""What an intruder does, as events; what looks like it and is ordinary; and the selection that tells them apart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from headstart.benchmarks.families.incident_world import Event, World, auth, dns, file, process, web

SHELLS = ("/bin/sh", "/bin/bash", "/bin/dash")
BASE32, HEX = "abcdefghijklmnopqrstuvwxyz234567", "0123456789abcdef"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Technique:
    """One thing an intruder does."""

    source: str
    act: Callable[[World, int], Event]  # the n-th time: values that rotate go round
    alike: tuple[Callable[[World], Event], ...]
    caught: Callable[[World], dict[str, Any]]  # selection, with logical names
    spared: Callable[[World], dict[str, Any]] | None = None  # and not this


def _shell(here: World, n: int) -> Event:
    shell = SHELLS[n % 3]
    line = f"{shell.rpartition('/')[2]} -c {here.draw.choice(('id', 'ls', 'uname', 'ps'))}"
    return process(here, parent=here.server, image=shell, user="www", command=f"{line} {here.word()}")


def _decoder(here: World, n: int) -> Event:
    text, end = here.text(BASE64, 20, 40), ("sh", "bash")[n % 2]
    line = f"{end} -c 'echo {text} | base64 {('-d', '--decode')[n // 2 % 2]} | {end}'"
    return process(here, image=f"/bin/{end}", parent="/usr/sbin/sshd", command=line)


def _staged(here: World, n: int) -> Event:
    name, tail = (("tar", "tgz"), ("zip", "zip"))[n % 2]
    flag = "czf" if name == "tar" else "-r"
    line = f"{name} {flag} /dev/shm/.{here.word()}.{tail} /srv/{here.word()}"
    return process(here, image=f"/usr/bin/{name}", parent="/bin/bash", command=line)


def _borrowed(here: World, _n: int) -> Event:
    line = f"ssh -i /tmp/.{here.word()} {here.person()}@{here.host()}"
    return process(here, image="/usr/bin/ssh", parent="/bin/bash", command=line)


def _tunnel(here: World, _n: int) -> Event:
    return dns(here, query=f"{here.text(BASE32, 28, 44)}.{here.word()}.example.net", type="TXT")


def _log_on(here: World, _n: int) -> Event:
    return auth(here, user=here.service(), how="password", result="success")


def _wiped(here: World, n: int) -> Event:
    name = f"/var/log/{here.word()}{('.log', '.1', '')[n % 3]}"
    return file(here, file=name, by=("/bin/rm", "/usr/bin/shred")[n % 2], action="delete")


def _planted_key(here: World, n: int) -> Event:
    by = ("/usr/bin/tee", "/bin/bash")[n % 2]
    user = here.person()
    return file(here, user=user, file=f"/home/{user}/.ssh/authorized_keys", by=by, action="modify")


def _planted_job(here: World, n: int) -> Event:
    by = ("/usr/bin/tee", "/usr/bin/curl")[n % 2]
    return file(here, file=f"/etc/cron.d/{here.word()}", by=by, action="create")


def _traversal(here: World, n: int) -> Event:
    up = ("..%2f", "%2e%2e/")[n % 2] * here.draw.between(2, 5)
    return web(here, uri=f"/{here.word()}/{up}etc/{here.word()}", status=here.draw.choice((200, 403)))


def _uploaded(here: World, n: int) -> Event:
    uri = f"/uploads/{here.word()}.{('php', 'phtml')[n % 2]}"
    return web(here, method="POST", uri=uri, status=200)


def _alike_archives(here: World) -> Event:
    line = f"tar czf /srv/backup/{here.word()}.tgz /srv/{here.word()}"
    return process(here, image="/usr/bin/tar", parent="/usr/sbin/cron", command=line)


def _alike_shared(here: World) -> Event:
    return process(here, image="/usr/bin/less", parent="/bin/bash", command=f"less /dev/shm/.{here.word()}")


def _alike_decoded(here: World) -> Event:
    flag = here.draw.choice(("-d", "--decode"))
    return process(
        here, image="/usr/bin/base64", parent="/bin/bash", command=f"base64 {flag} {here.word()}.b64"
    )


def _alike_pipes(here: World) -> Event:
    end = here.draw.choice(("sh", "bash"))
    line = f"{end} -c 'echo {here.text(BASE64, 20, 40)} | {end} /srv/jobs/run'"
    return process(here, image=f"/bin/{end}", parent="/usr/sbin/sshd", command=line)


def _alike_keys(here: World) -> Event:
    line = f"ssh -i /home/{here.person()}/.ssh/id {here.person()}@{here.host()}"
    return process(here, image="/usr/bin/ssh", parent="/bin/bash", command=line)


def _alike_builds(here: World) -> Event:
    return process(here, image="/usr/bin/make", parent="/bin/bash", command=f"make -i /tmp/.{here.word()}")


def _alike_images(here: World) -> Event:
    line = f"convert {here.word()}.png"
    return process(here, parent=here.server, image="/usr/bin/convert", user="www", command=line)


def _alike_shells(here: World) -> Event:
    shell = here.draw.choice(SHELLS)
    line = f"{shell.rpartition('/')[2]} -c {here.word()}"
    return process(here, parent="/usr/sbin/cron", image=shell, user="www", command=line)


def _alike_wiping(here: World) -> Event:
    by = here.draw.choice(("/bin/rm", "/usr/bin/shred"))
    return file(here, file=f"/var/cache/{here.word()}", by=by, action="delete")


def _alike_turning(here: World) -> Event:
    name = f"/var/log/{here.word()}.{here.draw.between(2, 9)}.gz"
    return file(here, file=name, by="/usr/sbin/logrotate", action="delete")


def _alike_provisioned(here: World) -> Event:
    user = here.person()
    return file(
        here, user=user, file=f"/home/{user}/.ssh/authorized_keys", by="/usr/bin/puppet", action="modify"
    )


def _alike_notes(here: World) -> Event:
    by, user = here.draw.choice(("/usr/bin/tee", "/bin/bash")), here.person()
    return file(here, user=user, file=f"/home/{user}/{here.word()}.txt", by=by, action="modify")


def _alike_installed(here: World) -> Event:
    return file(here, file=f"/etc/cron.d/{here.word()}", by="/usr/bin/dpkg", action="create")


def _alike_fetched(here: World) -> Event:
    by = here.draw.choice(("/usr/bin/tee", "/usr/bin/curl"))
    return file(here, file=f"/srv/app/{here.word()}.csv", by=by, action="create")


def _alike_mail(here: World) -> Event:
    return dns(here, query=f"_dmarc.{here.word()}.example.org", type="TXT")


def _alike_delivery(here: World) -> Event:
    return dns(here, query=f"{here.text(HEX, 32, 32)}.cdn.example.com", type="A")


def _alike_service(here: World) -> Event:
    return auth(here, user=here.service(), how="key", result="success")


def _alike_refused(here: World) -> Event:
    return auth(here, user=here.service(), how="password", result="failure")


def _alike_compared(here: World) -> Event:
    return web(here, uri=f"/compare/{here.word()}..{here.word()}")


def _alike_searched(here: World) -> Event:
    return web(here, uri=f"/search?q={here.word()}%2f{here.word()}%2e")


def _alike_shown(here: World) -> Event:
    return web(here, method="GET", uri=f"/uploads/{here.word()}.png", status=200)


def _alike_forms(here: World) -> Event:
    uri = f"/forms/{here.word()}.{here.draw.choice(('php', 'phtml'))}"
    return web(here, method="POST", uri=uri, status=200)


TECHNIQUES: dict[str, Technique] = {
    "web shell": Technique(
        "process",
        _shell,
        (_alike_images, _alike_shells),
        lambda w: {"parent|endswith": w.server, "image|endswith": ["/sh", "/bash", "/dash"]},
    ),
    "decoder": Technique(
        "process",
        _decoder,
        (_alike_decoded, _alike_pipes),
        lambda _: {"command|contains": "base64", "command|re": r"\| ?(ba)?sh\b"},
    ),
    "staged archive": Technique(
        "process",
        _staged,
        (_alike_archives, _alike_shared),
        lambda _: {"image|endswith": ["/tar", "/zip"], "command|contains": " /dev/shm/"},
    ),
    "borrowed key": Technique(
        "process",
        _borrowed,
        (_alike_keys, _alike_builds),
        lambda _: {"image|endswith": "/ssh", "command|contains": " -i /tmp/"},
    ),
    "tunnel": Technique(
        "dns",
        _tunnel,
        (_alike_mail, _alike_delivery),
        lambda _: {"type": "TXT", "query|re": r"^[a-z2-7]{24,}\."},
    ),
    "service log-on": Technique(
        "auth",
        _log_on,
        (_alike_service, _alike_refused),
        lambda _: {"user|startswith": "svc-", "how": "password", "result": "success"},
    ),
    "logs wiped": Technique(
        "file",
        _wiped,
        (_alike_turning, _alike_wiping),
        lambda _: {"action": "delete", "file|startswith": "/var/log/"},
        lambda _: {"by|endswith": "/logrotate"},
    ),
    "key planted": Technique(
        "file",
        _planted_key,
        (_alike_provisioned, _alike_notes),
        lambda _: {"file|endswith": "/.ssh/authorized_keys"},
        lambda _: {"by|endswith": "/puppet"},
    ),
    "job planted": Technique(
        "file",
        _planted_job,
        (_alike_installed, _alike_fetched),
        lambda _: {"file|startswith": "/etc/cron.d/"},
        lambda _: {"by|endswith": "/dpkg"},
    ),
    "traversal": Technique(
        "web",
        _traversal,
        (_alike_compared, _alike_searched),
        lambda _: {"uri|contains": ["..%2f", "%2e%2e"]},
    ),
    "upload called": Technique(
        "web",
        _uploaded,
        (_alike_shown, _alike_forms),
        lambda _: {"method": "POST", "uri|startswith": "/uploads/"},
    ),
}
