"""Jobs by DBOS: on SQLite in its own file, or on PostgreSQL; resumed by a worker of the same slot after a crash."""

import logging

from dbos import DBOS, DBOSConfig, Queue, SetWorkflowID

from headstart.worker.ports import GaveUp, Job, Run

QUEUES = {"runs": 2, "order": 1, "evaluations": 1}  # how many at once over all workers
TRIES = 3  # of a job that raises: one second apart, then two
VERSION = "1"  # raise it when a job written by an older release can't be finished by this one


class DbosJobs:
    """One process's share of the queues. DBOS allows one engine in a process."""

    def __init__(self, database_url: str, *, slot: str = "0", polling_seconds: float = 0.2) -> None:
        """`slot` names this worker for ever: after a crash a worker of the same slot takes its jobs up."""
        self._config: DBOSConfig = {
            "name": "headstart",
            "system_database_url": database_url,
            "application_version": VERSION,
            "executor_id": f"worker-{slot}",
            "log_level": "ERROR",
            "enable_otlp": False,
        }
        self._polling_seconds = polling_seconds
        self._queues: dict[str, Queue] = {}
        self._workflow: Run | None = None

    def start(self, run: Run, gave_up: GaveUp) -> None:
        """Launch the engine and take up what an earlier process of this slot left."""
        logging.getLogger("dbos").setLevel(logging.ERROR)
        DBOS(config=self._config)
        tried = DBOS.step(name="headstart.verb", retries_allowed=True, max_attempts=TRIES)(run)
        given_up = DBOS.step(name="headstart.gave_up")(gave_up)

        @DBOS.workflow(name="headstart.job")
        def job(verb: str, index: int) -> None:
            try:
                tried(verb, index)
            except Exception as error:  # noqa: BLE001 - whatever it was, it is written down
                tries: list[Exception] = getattr(error, "errors", None) or [error]  # DBOS keeps each
                given_up(verb, index, f"{type(tries[-1]).__name__}: {tries[-1]}")

        self._workflow = job
        DBOS.launch()
        for name, at_once in QUEUES.items():
            self._queues[name] = DBOS.register_queue(
                name, global_concurrency=at_once, polling_interval_sec=self._polling_seconds
            )

    def hand_over(self, job: Job) -> None:
        """Enqueue; DBOS keeps one workflow for each id."""
        assert self._workflow is not None, "start first"  # noqa: S101 - a programming error, not input
        with SetWorkflowID(job.key):
            self._queues[job.queue].enqueue(self._workflow, job.verb, job.index)

    def waiting(self) -> int:
        """Enqueued and running ones, of every worker."""
        return len(DBOS.list_workflows(status=["ENQUEUED", "PENDING"], load_input=False, load_output=False))

    def stop(self) -> None:
        """Wait for what runs, a minute at most, and let go."""
        DBOS.destroy(workflow_completion_timeout_sec=60)
