"""Fuzz a C function in its own process, guided by coverage and by the comparisons that it makes."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

COVERED = ("-g", "-O0", "-w", "-fsanitize=address", "-fsanitize-coverage=trace-pc,trace-cmp")
SECONDS = (0.7, 1.5, 4.0)  # of a turn


def main(sheet: dict[str, str], turn: int, driver: str) -> None:
    """Build the driver around the target, let it run, check what it found with the target's own build."""
    crash = Path(f"crash-{turn}")
    program = build(sheet, driver)
    seeds = [str(path) for path in sorted(Path(sheet.get("seeds", "seeds")).glob("*")) if path.is_file()]
    seconds = float(sheet.get("seconds") or SECONDS[min(turn, len(SECONDS) - 1)])
    ran = subprocess.run(
        [str(program), str(turn), str(seconds), str(crash), *seeds], capture_output=True, check=False
    )
    if not crash.is_file():
        sys.stdout.write(f"nothing yet: {ran.stdout.decode(errors='replace')}\n")
        return
    if not crashes(sheet, crash):
        sys.stdout.write("a crash in the fuzzer, and none in the target's own build\n")
        return
    shutil.copy(crash, sheet["answer"])
    sys.stdout.write(f"HANDED IN: {sheet['answer']}, {crash.stat().st_size} bytes that crash the target\n")


def build(sheet: dict[str, str], driver: str) -> Path:
    """Compile target and driver into one program."""
    program = Path("fuzzer").resolve()
    if not program.exists():
        Path("driver.c").write_text(driver)
        for source, flags in (
            (sheet["source"], (*COVERED, "-Dmain=main_of_target")),
            ("driver.c", ("-O2", "-w", f"-DENTRY={sheet['entry']}")),
        ):
            compiled = f"{Path(source).stem}-fuzzed.o"
            subprocess.run(["cc", *flags, "-c", source, "-o", compiled], check=True)
        objects = [f"{Path(sheet['source']).stem}-fuzzed.o", "driver-fuzzed.o"]
        subprocess.run(["cc", "-fsanitize=address", *objects, "-o", str(program)], check=True)
    return program


def crashes(sheet: dict[str, str], path: Path) -> bool:
    """Whether the target, built as the sheet says, crashes on the input in a process of its own."""
    subprocess.run(shlex.split(sheet["build"]), check=True)
    command = [word.replace("{input}", str(path)) for word in shlex.split(sheet["run"])]
    ran = subprocess.run(command, capture_output=True, check=False)
    return b"AddressSanitizer" in ran.stderr
