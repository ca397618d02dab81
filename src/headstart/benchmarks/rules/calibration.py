"""Fit a scale to the answers of several models: where families lie, how steep their dials are, how far both may be off.

Regularised marginal maximum likelihood (empirical Bayes): abilities, effects and residuals are summed out on the grid;
offsets, steps and deviations are fitted, each held by a prior. What there are too few answers for keeps its prior's
value, and says so. Zero is where the priors put it: abilities and offsets around 0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from headstart.benchmarks.errors import TooLittleToCalibrate
from headstart.benchmarks.rules.grid import (
    LEAST,
    NOTHING,
    Counts,
    Floats,
    Tally,
    by_family,
    engine_of,
    mean_logistic,
)
from headstart.benchmarks.rules.items import LEVELS
from headstart.benchmarks.rules.scale import MIDDLE, STEP, FamilyScale, Scale

POINTS = 81
OFFSET_DEVIATION = 1.0
LOG_STEP_DEVIATION = 0.35
LOG_DEVIATIONS = (0.35, 0.25)  # of the logarithms of the family's and the residual's deviation
LEAST_ANSWERS = 10  # of a family, with both kinds among them
LEAST_MODELS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One family's place, and how sure it is."""

    offset: float
    offset_error: float
    step: float
    step_error: float
    answers: int
    models: int
    unseen_levels: tuple[
        int, ...
    ]  # no answers, or all models alike: the line through the others says where they lie
    kept: str = ""  # why it keeps its prior's place; empty: it was fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A scale, and what it was fitted from."""

    scale: Scale
    families: Mapping[str, Fitted]
    models: int
    responses: int
    family_deviation_error: float  # of the logarithm
    residual_deviation_error: float  # of the logarithm
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For a file: `scale` is what `bench run --scale` reads."""
        return {
            "scale": self.scale.as_dict(),
            "families": {name: asdict(each) for name, each in self.families.items()},
            "models": self.models,
            "responses": self.responses,
            "family_deviation_error": self.family_deviation_error,
            "residual_deviation_error": self.residual_deviation_error,
            "notes": list(self.notes),
        }


def calibrate(tallies: Sequence[Tally], source: str, start: Scale | None = None) -> Calibration:
    """The scale that several models' answers speak for; `start` is the priors' middle.

    Raises:
        TallyInvalid: a count that is no count, or a level that is none.
        TooLittleToCalibrate: no family has answers enough of both kinds, from two models.
    """
    start = replace(start or Scale(), families={}, stray_prior=0.0, points=POINTS)
    models = [counts for counts in (by_family(tally) for tally in tallies) if counts]
    names = sorted({name for counts in models for name in counts})
    why = {name: _too_little([counts[name] for counts in models if name in counts]) for name in names}
    fitted = [name for name in names if not why[name]]
    if not fitted:
        raise TooLittleToCalibrate(len(models))
    loss = _loss(models, fitted, start)
    best = _lowest(loss, 2 * len(fitted) + 2)
    errors = _errors(loss, best)
    families = {name: _kept(models, name, why[name]) for name in names}
    for n, name in enumerate(fitted):
        families[name] = replace(
            families[name],
            offset=float(best[n]),
            offset_error=float(errors[n]),
            step=float(STEP * np.exp(best[len(fitted) + n])),
            step_error=float(STEP * np.exp(best[len(fitted) + n]) * errors[len(fitted) + n]),
        )
    places = {
        name: FamilyScale(
            offset=round(each.offset, 3), step=round(each.step, 3), error=round(each.offset_error, 3)
        )
        for name, each in families.items()
    }
    scale = replace(
        Scale(),
        family_deviation=round(float(start.family_deviation * np.exp(best[-2])), 3),
        residual_deviation=round(float(start.residual_deviation * np.exp(best[-1])), 3),
        families=places,
        source=source,
    )
    return Calibration(
        scale=scale,
        families=families,
        models=len(models),
        responses=round(sum(sum(row) for counts in models for row in counts.values())),
        family_deviation_error=float(errors[-2]),
        residual_deviation_error=float(errors[-1]),
        notes=_notes(families),
    )


def _too_little(rows: Sequence[Counts]) -> str:
    """Why a family can't be fitted; empty where it can."""
    solved = sum(sum(row[: len(LEVELS)]) for row in rows)
    failed = sum(sum(row[len(LEVELS) :]) for row in rows)
    if solved + failed < LEAST_ANSWERS:
        return f"{round(solved + failed)} answers, fewer than {LEAST_ANSWERS}"
    if len(rows) < LEAST_MODELS:
        return f"answers of {len(rows)} model, fewer than {LEAST_MODELS}"
    return "" if solved and failed else f"every answer is a {'success' if solved else 'failure'}"


def _kept(models: Sequence[Mapping[str, Counts]], name: str, why: str) -> Fitted:
    rows = np.array([counts[name] for counts in models if name in counts])
    solved, failed = rows[:, : len(LEVELS)].sum(axis=0), rows[:, len(LEVELS) :].sum(axis=0)
    return Fitted(
        offset=0.0,
        offset_error=OFFSET_DEVIATION,
        step=STEP,
        step_error=STEP * LOG_STEP_DEVIATION,
        answers=round(float(rows.sum())),
        models=len(rows),
        unseen_levels=tuple(level for level in LEVELS if not (solved[level] and failed[level])),
        kept=why,
    )


def _notes(families: Mapping[str, Fitted]) -> tuple[str, ...]:
    notes = [f"{name} keeps its prior's place: {each.kept}" for name, each in families.items() if each.kept]
    for name, each in families.items():
        if not each.kept and each.unseen_levels:
            levels = ", ".join(map(str, each.unseen_levels))
            notes.append(
                f"{name}, level {levels}: all models alike, so the line through its other levels decides"
            )
    return tuple(notes)


def _loss(
    models: Sequence[Mapping[str, Counts]], names: Sequence[str], start: Scale
) -> Callable[[Floats], float]:
    """Minus the log posterior of (offsets, log steps, log of both deviations), each from its prior's middle."""
    engine = engine_of(start)
    rows = {name: np.array([counts.get(name, NOTHING) for counts in models]) for name in names}
    away = engine.inside[None, :] - engine.grid[:, None]
    levels = np.array(LEVELS) - MIDDLE

    def loss(at: Floats) -> float:
        offsets, log_steps = at[: len(names)], at[len(names) : 2 * len(names)]
        spread = np.exp(-0.5 * (away / (start.family_deviation * np.exp(at[-2]))) ** 2)
        spread /= spread.sum(axis=1, keepdims=True)
        difficulty = offsets[:, None] + STEP * np.exp(log_steps)[:, None] * levels
        logistic = mean_logistic(
            engine.inside - difficulty[..., None], start.residual_deviation * float(np.exp(at[-1]))
        )
        solving = start.lapse + (1 - 2 * start.lapse) * logistic
        chances = np.log(np.concatenate((solving, 1 - solving), axis=1))
        log_weights = np.repeat(engine.prior, len(models), axis=0)
        for n, name in enumerate(names):
            log_likelihood = rows[name] @ chances[n]
            most = log_likelihood.max(axis=1, keepdims=True)
            log_weights = log_weights + most
            log_weights += np.log(np.maximum(np.exp(log_likelihood - most) @ spread.T, LEAST))
        most = log_weights.max(axis=1)
        said = float(np.sum(most + np.log(np.exp(log_weights - most[:, None]).sum(axis=1))))
        prior = np.sum((offsets / OFFSET_DEVIATION) ** 2) + np.sum((log_steps / LOG_STEP_DEVIATION) ** 2)
        prior += float(np.sum((at[-2:] / LOG_DEVIATIONS) ** 2))
        return float(prior / 2 - said)

    return loss


def _lowest(loss: Callable[[Floats], float], size: int) -> Floats:
    from scipy.optimize import minimize

    bounds = [(-6.0, 6.0)] * ((size - 2) // 2) + [(-1.5, 1.5)] * ((size - 2) // 2) + [(-2.0, 2.0)] * 2
    found = minimize(loss, np.zeros(size), method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x, float)


def _errors(loss: Callable[[Floats], float], best: Floats, step: float = 0.02) -> Floats:
    """Standard errors from the curvature at the lowest point, by second differences."""
    size = best.size
    moves = step * np.eye(size)
    middle, ahead = loss(best), np.array([loss(best + move) for move in moves])
    behind = np.array([loss(best - move) for move in moves])
    curvature = np.diag((ahead - 2 * middle + behind) / step**2)
    for n in range(size):
        for m in range(n):
            cross = loss(best + moves[n] + moves[m]) - ahead[n] - ahead[m] + middle
            curvature[n, m] = curvature[m, n] = cross / step**2
    values, vectors = np.linalg.eigh((curvature + curvature.T) / 2)
    # Every prior curves by at least one over its variance: what is less is rounding.
    floor = 1 / OFFSET_DEVIATION**2 / 4
    return np.asarray(np.sqrt(np.einsum("ij,j,ij->i", vectors, 1 / np.maximum(values, floor), vectors)))
