"""Do the facts that every number is computed from stay as small when leads become many?

Writes the sample project at several sizes (`leadgauge sample`, same months, same seed), lets `leadgauge check` count, and
prints the rows of every fact table, seconds and peak memory. Facts are counts by day or month, channel and class, so their
rows are bounded by the calendar: with a hundred times the leads, cells that were empty fill up, and that is all.

    python3 benches/facts.py --program target/release/leadgauge --leads 10000 1000000 [--months 24] [--folder DIR]

Needs Python 3.10 and Linux (peak memory is read from the operating system); 4 GB of memory and of disk for a million leads.
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

LINE = "rows of the facts that all of it is computed from: "


def run(*command):
    """Standard output, seconds, and the peak of this one process in MB."""
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {process.returncode}\n{output}")
    return output, time.monotonic() - began, usage.ru_maxrss / 1024


def rows(output):
    line = next(line for line in output.splitlines() if line.startswith(LINE))
    number = lambda text: int(re.sub(r"\D", "", text))
    return {name: number(n) for name, n in (entry.split(" ", 1) for entry in line[len(LINE):].split(", "))}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--leads", type=int, nargs="+", default=[10_000, 1_000_000])
    arguments.add_argument("--months", type=int, default=24)
    arguments.add_argument("--folder", help="where the projects are written; a temporary folder otherwise")
    a = arguments.parse_args()
    folder = Path(a.folder or tempfile.mkdtemp(prefix="leadgauge-facts-"))
    counted = {}
    try:
        for leads in a.leads:
            project = folder / str(leads)
            run(a.program, "sample", "--out", str(project), "--leads", str(leads), "--months", str(a.months))
            output, seconds, peak = run(a.program, "check", str(project))
            counted[leads] = {**rows(output), "seconds": round(seconds, 1), "peak MB": round(peak)}
            shutil.rmtree(project)
    finally:
        if a.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    names = list(dict.fromkeys(name for table in counted.values() for name in table))
    tables = [name for name in names if name not in ("seconds", "peak MB")]
    for table in counted.values():
        table["**all facts**"] = sum(table.get(name, 0) for name in tables)
    print("| rows | " + " | ".join(f"{leads:,} leads" for leads in counted) + " |")
    print("|---" * (len(counted) + 1) + "|")
    for name in [*tables, "**all facts**", "seconds", "peak MB"]:
        print(f"| {name} | " + " | ".join(f"{table.get(name, 0):,}" for table in counted.values()) + " |")


if __name__ == "__main__":
    main()
