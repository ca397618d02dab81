"""Get a model ready: a reference model served here, or whatever Inspect AI knows by that string."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from headstart.agents.errors import EndpointUnset, KeyWeak, ModelUnknown, PortTaken
from headstart.agents.providers import endpoint
from headstart.agents.providers.endpoint import Endpoint
from headstart.agents.providers.process import Driver, lent
from headstart.agents.rules.reference import Strength
from headstart.sandbox.rules.jobs import Trust

REFERENCE = "reference"
SHORTEST_KEY = 16
PRIVATE = "openai-api"  # Inspect's provider for any OpenAI-compatible endpoint


@dataclass(frozen=True, kw_only=True)
class ModelHandle:
    """A model that can be asked, while its context lasts."""

    name: str  # how results name it: "reference/fuzzer", or Inspect's own model string
    inspect_model: str
    is_reference: bool
    folder: Path
    sandbox: str | None
    driver: Driver = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)

    @property
    def trust(self) -> Trust:
        """Whose code runs in its sandbox: the reference models' is ours, any other model's is not."""
        return Trust.SHIPPED if self.is_reference else Trust.UNTRUSTED


@contextmanager
def reference_model(strength: str = "fuzzer", port: int = 0, key: str = "") -> Iterator[Endpoint]:
    """A reference model behind a real OpenAI-compatible endpoint on loopback; there is no language model in it.

    Raises:
        ModelUnknown: there is no reference model of that strength.
        KeyWeak: the key that it is to have is short, or could not stand in a header.
        PortTaken: the port can't be listened on.
    """
    if strength not in set(Strength):
        raise ModelUnknown(f"{REFERENCE}/{strength}", "there is no reference model of that strength")
    if key and not (len(key) >= SHORTEST_KEY and key.isascii() and key.isprintable() and " " not in key):
        raise KeyWeak(SHORTEST_KEY)
    with ExitStack() as stack:
        try:
            served = stack.enter_context(endpoint.serve(Strength(strength), port, key))
        except OSError as error:
            raise PortTaken(port, error.strerror or str(error)) from error
        yield served


@contextmanager
def model(spec: str | None, *, folder: Path, sandbox: str | None = None) -> Iterator[ModelHandle]:
    """Get a model ready: None and `reference[/STRENGTH]` are served here, all else is Inspect's to know.

    A private endpoint that speaks as OpenAI's does is `openai-api/SERVICE/MODEL`, with `SERVICE_BASE_URL` and
    `SERVICE_API_KEY` in the environment. `folder` takes Inspect's own files (and is where its sandboxes are chosen);
    `sandbox` forces a provider by name.

    Raises:
        ModelUnknown: the string is neither.
        EndpointUnset: a private endpoint's base URL or key is not in the environment.
    """
    name, _, rest = (spec or REFERENCE).partition("/")
    if not rest and name != REFERENCE:
        raise ModelUnknown(name, "it names no provider")
    with ExitStack() as stack:
        if name == REFERENCE:
            served = stack.enter_context(reference_model(rest or "fuzzer"))
            spoken, asked = f"{REFERENCE}/{served.model}", f"{PRIVATE}/headstart-reference/{served.model}"
            keys = {
                "HEADSTART_REFERENCE_BASE_URL": served.base_url,
                "HEADSTART_REFERENCE_API_KEY": served.key,
            }
        else:
            if name == PRIVATE:
                _check_private(rest)
            spoken, asked, keys = f"{name}/{rest}", f"{name}/{rest}", {}
        yield ModelHandle(
            name=spoken,
            inspect_model=asked,
            is_reference=name == REFERENCE,
            folder=folder,
            sandbox=sandbox,
            driver=stack.enter_context(lent()),
            environment=keys,
        )


def _check_private(rest: str) -> None:
    """Both variables must be there, and the base URL must be one: found out before anything is started."""
    service, _, named = rest.partition("/")
    if not service or not named:
        raise ModelUnknown(f"{PRIVATE}/{rest}", f"a private endpoint is {PRIVATE}/SERVICE/MODEL")
    prefix = service.upper().replace("-", "_")
    base_url, key = f"{prefix}_BASE_URL", f"{prefix}_API_KEY"
    unset = [each for each in (base_url, key) if not os.environ.get(each)]
    if unset:
        raise EndpointUnset(f"{PRIVATE}/{rest}", f"set {' and '.join(unset)}")
    if not os.environ[base_url].startswith(("http://", "https://")):
        raise EndpointUnset(f"{PRIVATE}/{rest}", f"{base_url} does not begin with http:// or https://")
