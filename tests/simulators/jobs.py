"""The other side of `worker.ports.Jobs`, in memory: jobs are run one after another when they are waited for."""

from headstart.ledger import queries as ledger
from headstart.worker import services
from headstart.worker.ports import GaveUp, Job, Run


class InMemory:
    """Runs what was handed over, in order, in the calling thread (so also inside a test's transaction)."""

    def __init__(self) -> None:
        self.known: dict[str, Job] = {}
        self._todo: list[Job] = []

    def start(self, run: Run, gave_up: GaveUp) -> None:
        """Nothing to launch."""

    def hand_over(self, job: Job) -> None:
        """Take a job; a key that is known changes nothing."""
        if job.key not in self.known:
            self.known[job.key] = job
            self._todo.append(job)

    def waiting(self) -> int:
        """How many jobs have not ended."""
        return len(self._todo)

    def stop(self) -> None:
        """Nothing runs between calls."""

    def drain(self) -> list[str]:
        """Work until nothing is left to do; why any job failed."""
        while services.hand_over(self) or self._todo:
            while self._todo:
                job = self._todo.pop(0)
                services.run(job.verb, job.index)
        return [each.details["why"] for each in ledger.since(0, 100_000) if each.kind == "job.failed"]
