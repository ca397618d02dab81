"""Write the plainest harness that a header allows: open, feed all of the data in pieces, finish, close."""

import re
import subprocess
import sys
from pathlib import Path

RUNS = "2000"


def main(sheet: dict[str, str], _turn: int) -> None:
    """Hand it in if it builds and the library as it is stays silent for a moment."""
    header = Path(sheet["header"]).read_text()
    hand_in(sheet, plain(sheet["header"], roles(header), limits(header)))


def hand_in(sheet: dict[str, str], text: str) -> bool:
    """Write the answer and try it on the library as it is; say so if it holds."""
    Path(sheet["answer"]).write_text(text)
    subprocess.run(["sh", "-c", sheet["build"]], capture_output=True, check=False)
    if not Path("fuzz").is_file():
        sys.stdout.write("it does not build\n")
        return False
    ran = subprocess.run(["./fuzz", RUNS, "crash"], input=b"word\n", capture_output=True, check=False)
    if ran.returncode != 0:
        sys.stdout.write("a false alarm\n")
        return False
    sys.stdout.write(f"HANDED IN: {sheet['answer']}, a harness that raised no alarm in {RUNS} runs\n")
    return True


def roles(header: str) -> dict[str, str]:
    """Which function does what, by its prototype, and by what the header says of the one that is called last."""
    found = {}
    for gives, name, takes in re.findall(r"^(\S[^*\n]*?\s\**)(\w+)\(([^)]*)\);", header, re.MULTILINE):
        if takes == "void":
            found["open"] = name
        elif "const unsigned char *" in takes:
            found["feed"] = name
        elif takes.count("unsigned") == 2:
            found["set"] = name
        elif "index" in takes:
            found["get"] = name
        elif gives.startswith("size_t"):
            found["count"] = name
        elif gives.startswith("int"):
            found["finish"] = name
        else:
            last = re.search(rf"{name}\(x\) may be called at any time", header)
            found["close" if last else "reset"] = name
    found["type"] = (re.findall(r"^(struct \w+);", header, re.MULTILINE) or ["void"])[0]
    return found


def limits(header: str) -> dict[str, int]:
    """The numbers in the rules: how long a piece may be, how many options, how large their values."""
    text = " ".join(header.split())
    asked = {"most": r"1 to (\d+) bytes", "options": r"below (\d+)", "value": r"at most (\d+)"}
    found = {name: re.search(pattern, text) for name, pattern in asked.items()}
    return {name: int(each[1]) if each else 1 for name, each in found.items()}


def plain(header: str, says: dict[str, str], most: dict[str, int]) -> str:
    """The harness."""
    return f"""\
#include <stddef.h>
#include <stdint.h>
#include "{header}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {{
    {says["type"]} *x = {says["open"]}();
    int good = 1;
    for (size_t at = 0; good && at < size;) {{
        size_t n = size - at < {most["most"]} ? size - at : {most["most"]};
        good = {says["feed"]}(x, data + at, n) >= 0;
        at += n;
    }}
    if (good) {says["finish"]}(x);
    {says["close"]}(x);
    return 0;
}}
"""
