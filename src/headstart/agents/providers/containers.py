"""`HEADSTART_SANDBOX=docker` and `k8s`: jobs in containers, through Inspect AI's providers.

`HEADSTART_SANDBOX_IMAGE` names the image (it needs Python 3.11 or newer; Node.js and compilers where targets want
them), `HEADSTART_SANDBOX_CONTEXT` the kubeconfig context, whose cluster and namespace are used.
"""

import json
import os
from pathlib import Path

from inspect_ai.util import SandboxEnvironment
from inspect_ai.util._sandbox.registry import registry_find_sandboxenv

from headstart.agents.providers.inspect_jobs import InspectSandbox, Kind
from headstart.sandbox.errors import Unfit
from headstart.sandbox.ports import Sandbox

IMAGE = "docker.io/library/python:3.12-bookworm"
MEMORY = "2g"
PROCESSES = 512
USER = 1000
PACKAGES = {"k8s": "inspect-k8s-sandbox (pip install inspect-k8s-sandbox)"}


def docker(root: Path) -> Sandbox:
    """Containers of the Docker engine of this machine: no network, no rights, an unprivileged user.

    Raises:
        Unfit: there is no engine, or the image can't be had or has no Python.
    """
    service = {
        "image": _image(),
        "init": True,
        "command": ["tail", "-f", "/dev/null"],
        "network_mode": "none",
        "user": f"{USER}:{USER}",
        "working_dir": "/tmp",  # noqa: S108 - the container's own
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": MEMORY,
        "memswap_limit": MEMORY,
        "pids_limit": PROCESSES,
    }
    compose = _written(root / "docker-compose.yaml", {"services": {"default": service}})
    holds = (
        f"environment: a Docker container of {_image()}",
        f"user: {USER} of the container, no capabilities, no new privileges",
        "namespaces: the engine's",
        "system calls: the engine's seccomp profile",
        "network: none",
        f"memory: {MEMORY} for the container, by the engine",
        f"processes: {PROCESSES} for the container, by the engine",
    )
    kind = Kind(
        name="docker",
        environment=_environment("docker"),
        config=str(compose),
        holds=holds,
        count_processes=False,
    )
    return InspectSandbox(kind, root)


def k8s(root: Path) -> Sandbox:
    """Pods of a Kubernetes cluster, by the chart of the package inspect-k8s-sandbox.

    Raises:
        Unfit: that package or the cluster is not there, or the image has no Python.
    """
    environment = _environment("k8s")
    service = {
        "image": _image(),
        "command": ["tail", "-f", "/dev/null"],
        "workingDir": "/tmp",  # noqa: S108 - the pod's own
        "securityContext": {
            "runAsUser": USER,
            "runAsGroup": USER,
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"limits": {"memory": "2Gi", "cpu": "2"}},
    }
    values = _written(root / "helm-values.yaml", {"services": {"default": service}})
    context = os.environ.get("HEADSTART_SANDBOX_CONTEXT") or None
    config = environment.config_deserialize({"values": str(values), "context": context})
    holds = (
        f"environment: a pod of {_image()}, context {context or 'as kubeconfig says'}",
        f"user: {USER} of the pod, no capabilities, no new privileges",
        "namespaces: the cluster's runtime class, as the chart sets it",
        "network: the cluster's network policy, as the chart sets it",
        "memory: 2 GiB for the pod, by the cluster",
    )
    kind = Kind(name="k8s", environment=environment, config=config, holds=holds, count_processes=True)
    return InspectSandbox(kind, root)


def _image() -> str:
    return os.environ.get("HEADSTART_SANDBOX_IMAGE") or IMAGE


def _environment(name: str) -> type[SandboxEnvironment]:
    try:
        return registry_find_sandboxenv(name)
    except ValueError as error:
        package = PACKAGES.get(name, f"what brings {name} to Inspect")
        raise Unfit(f"Inspect has no {name} here; install {package}") from error


def _written(path: Path, content: object) -> Path:
    """A file of YAML (JSON is YAML) for Inspect's provider."""
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2))
    return path
