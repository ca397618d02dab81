"""The server of `headstart serve` and of an exercise: granian in front of Django, and a worker beside it."""

import os
import socket
from pathlib import Path

from headstart.errors import Unable
from headstart.site.start import collect_static, let_go_of_the_database, open_instance

PATIENCE = (
    15  # seconds until a worker that was told to end is killed; what it had under way is taken up again
)


class PortTaken(Unable):
    """Something else listens there."""

    code = "port-taken"

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"can't listen on {host}:{port}; another program does, so name a free one with --port"
        )


def prepare(*, data: Path | None, exercise: bool) -> Path:
    """Open the instance and gather its static files; the data folder."""
    folder = open_instance(exercise=exercise, data=data)
    collect_static()
    return folder


def serve(host: str, port: int, *, worker: bool) -> None:
    """Serve until Ctrl-C.

    Raises:
        PortTaken: nothing can listen there.
    """
    from granian.constants import Interfaces
    from granian.server import Server

    check_free(host, port)
    let_go_of_the_database()
    os.environ["HEADSTART_WORKER_IN_SERVER"] = "1" if worker else ""
    Server(
        "headstart.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=8,
        workers_kill_timeout=PATIENCE,
        log_enabled=False,
    ).serve()


def check_free(host: str, port: int) -> None:
    """See whether one can listen there.

    Raises:
        PortTaken: one can't.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(host, port) from error
