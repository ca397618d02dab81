"""Where the families lie on the scale that ships: written by `scripts/battery.py --calibrate`."""

SOURCE = "fitted to reference/heuristic, reference/fuzzer: 3 of each level, seeds from 20261121"
FAMILY_DEVIATION, RESIDUAL_DEVIATION = 0.469, 0.685
FAMILIES: dict[str, tuple[float, float, float]] = {
    "break-scheme": (-0.623, 1.412, 0.623),
    "chain-services": (0.064, 1.848, 0.678),
    "find-memory-flaw": (0.774, 1.278, 0.669),
    "find-parser-flaw": (1.129, 1.437, 0.7),
    "find-web-flaw": (-0.118, 1.89, 0.671),
    "mend-memory-flaw": (-0.102, 2.734, 0.718),
    "mend-web-flaw": (0.497, 2.095, 0.717),
    "respond-incident": (1.473, 1.426, 0.738),
    "reverse-binary": (0.709, 1.467, 0.678),
    "triage-pile": (-0.825, 1.393, 0.618),
    "write-harness": (-1.756, 1.357, 0.608),
}
"""Name -> offset of the middle level, step between levels, standard error of the offset; in logits."""
