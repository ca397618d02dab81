"""How the model is reached: a developer's endpoint, a person's key, and the gateway between them."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from headstart.access import queries as access
from headstart.access import services as reaching
from headstart.access.rules import Dialect
from headstart.agents.providers.endpoint import Endpoint
from headstart.agents.work import reference_model
from headstart.errors import Unable
from headstart.exercise.story import Story
from headstart.exercise.terms import TERMS, person

STRENGTH = "fuzzer"
HOST = "127.0.0.1"
START_SECONDS = 20.0


class GatewayDidNotStart(Unable):
    """The exercise's gateway does not answer."""

    code = "gateway-did-not-start"

    def __init__(self) -> None:
        super().__init__(f"the gateway did not answer within {START_SECONDS:.0f} s; run it again to go on")


@contextmanager
def reached(story: Story, who: str) -> Iterator[str | None]:
    """The model string by which a player's person asks the model: through the gateway, with a key of their own.

    Another model than the reference model is asked where it is, as is any in the weaker sandbox, which runs nothing
    but what ships.
    """
    if story.model_spec is not None or story.sandbox.weaker:
        yield story.model_spec
        return
    with ExitStack() as stack:
        served = stack.enter_context(reference_model(STRENGTH))
        key = _key(story, who, served)
        base_url = stack.enter_context(_gateway(story.data))
        said = {"HEADSTART_GATEWAY_BASE_URL": f"{base_url}/v1", "HEADSTART_GATEWAY_API_KEY": key}
        stack.enter_context(_environment(said))
        yield f"openai-api/headstart-gateway/{served.model}"


def _key(story: Story, who: str, served: Endpoint) -> str:
    """The developer names its endpoint, which is another at each start, and gives the person a key to it."""
    developer = person(story, "developer")
    review_id = story.kept["review"]
    name = f"for {story.viewers[who].name}"[:100]
    for each in access.upstreams(developer, review_id):
        if each.name == name and each.removed_at is None:
            reaching.remove_upstream(each.id, actor=developer)
    upstream = reaching.add_upstream(
        review_id,
        actor=developer,
        name=name,
        dialect=Dialect.OPENAI,
        base_url=served.base_url,
        secret=served.key,
        models=[served.model],
        safeguards=TERMS.safeguards,
    )
    member_id = person(story, who).member_id or ""
    _, key = reaching.give_key(
        upstream.id, member_id, actor=developer, requests_a_minute=6000, most_streams=16
    )
    return key


@contextmanager
def _gateway(data: Path) -> Iterator[str]:
    """A gateway in a thread of this process, on the exercise's calendar; its address."""
    from headstart.gateway.books import DjangoBooks
    from headstart.gateway.server import serve
    from headstart.gateway.serving import make_proxy

    port = _free_port()
    loop = asyncio.new_event_loop()
    until = asyncio.Event()
    with DjangoBooks(data) as books:
        thread = threading.Thread(
            target=lambda: loop.run_until_complete(serve(HOST, port, lambda: make_proxy(books), until)),
            name="exercise-gateway",
            daemon=True,
        )
        thread.start()
        try:
            _wait_for(f"http://{HOST}:{port}/healthz")
            yield f"http://{HOST}:{port}"
        finally:
            loop.call_soon_threadsafe(until.set)
            thread.join()
            loop.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(address, timeout=1):  # noqa: S310 - an address of our own
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise GatewayDidNotStart


@contextmanager
def _environment(said: Mapping[str, str]) -> Iterator[None]:
    before = {each: os.environ.get(each) for each in said}
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
