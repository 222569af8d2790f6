"""How much dearer is reading messy exports than reading the same rows clean?

Writes one project twice, once as clean CSV and once as spreadsheets and other tools leave it (UTF-16 with tabs, Windows-1252
with semicolons, lines before the header, totals after the data, month-first dates with 12-hour times, decimal commas), and
reads both with `leadgauge check`. Prints seconds and peak memory of each run and their ratios; the better of two runs counts.

    python3 benches/reading.py --program target/release/leadgauge --megabytes 1000 [--folder DIR]

Needs Python 3.10 and Linux (peak memory is read from the operating system).
"""

import argparse
import os
import random
import shutil
import subprocess
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

KINDS = ["email_open", "email_click", "site_visit", "pricing_page", "demo_request"]
CHANNELS = ["organic_search", "paid_search", "paid_social", "webinar", "référence"]
TOML = """project = "Reading"
timezone = "Europe/Berlin"
currency = "EUR"
[[criteria]]
threshold = 100
points = { email_open = 5, email_click = 10, site_visit = 10, pricing_page = 25, demo_request = 50 }
"""
START = datetime(2024, 1, 1)


class Clean:
    ending = "\n"

    def __init__(self, path, header, **_):
        self.file = open(path, "w", encoding="utf-8", newline="", buffering=1 << 20)
        self.row(header)

    def row(self, cells):
        self.file.write(",".join(cells) + "\n")

    def at(self, moment):
        return moment.strftime("%Y-%m-%d %H:%M:%S")

    def money(self, amount):
        return f"{amount:.2f}"

    def close(self):
        self.file.close()


class Messy(Clean):
    """One table as a tool left it: `style` is `tabs` (UTF-16) or `semicolons` (Windows-1252)."""

    def __init__(self, path, header, style):
        encoding, self.between = {"tabs": ("utf-16-le", "\t"), "semicolons": ("cp1252", ";")}[style]
        self.file = open(path, "w", encoding=encoding, newline="", buffering=1 << 20)
        if style == "tabs":
            self.file.write("\ufeff")
        self.file.write("Exported for référence\r\n\r\n")
        self.row(header)

    def row(self, cells):
        self.file.write(self.between.join(cells) + "\r\n")

    def at(self, moment):
        return moment.strftime("%-m/%-d/%Y %-I:%M:%S %p")

    def money(self, amount):
        return f"{amount:,.2f}".replace(",", " ").replace(".", ",") + " €"

    def close(self):
        self.file.write("\r\nGrand Totals (many records)\r\nConfidential Information - Do Not Distribute\r\n")
        self.file.close()


def write(folder, table, megabytes):
    """The same rows for either class: chance has one seed."""
    chance = random.Random(7)
    folder.mkdir(parents=True)
    (folder / "leadgauge.toml").write_text(TOML, encoding="utf-8")
    leads = max(1000, megabytes * 200)
    actions = megabytes * 20_000
    made = [START + timedelta(seconds=chance.randrange(700 * 86_400)) for _ in range(leads)]
    out = table(folder / "leads.csv", ["lead_id", "created_at", "email", "channel", "company_size"], style="semicolons")
    for i, moment in enumerate(made):
        out.row([f"L{i:07}", out.at(moment), f"p{i}@firm{i % 9000}.example", chance.choice(CHANNELS), "51-200"])
    out.close()
    out = table(folder / "stage_history.csv", ["lead_id", "stage", "entered_at"], style="tabs")
    for i, moment in enumerate(made):
        if i % 3 == 0:
            out.row([f"L{i:07}", "mql", out.at(moment + timedelta(days=5))])
        if i % 15 == 0:
            out.row([f"L{i:07}", "sql", out.at(moment + timedelta(days=20))])
    out.close()
    out = table(folder / "activities.csv", ["lead_id", "type", "at", "page"], style="semicolons")
    for i in range(actions):
        lead = chance.randrange(leads)
        moment = made[lead] + timedelta(seconds=chance.randrange(60 * 86_400))
        out.row([f"L{lead:07}", KINDS[i % 5], out.at(moment), "/blog/a-page"])
    out.close()
    out = table(folder / "spend.csv", ["month", "channel", "amount"], style="semicolons")
    for month in range(1, 13):
        for channel in CHANNELS[1:]:
            out.row([f"2024-{month:02}", channel, out.money(chance.uniform(500, 25_000))])
    out.close()


def measure(program, folder):
    """Seconds and megabytes of the better of two runs, and the counts that the program prints."""
    best = None
    for _ in range(2):
        began = time.monotonic()
        child = subprocess.Popen([program, "check", str(folder)], stdout=subprocess.PIPE, text=True)
        says = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
        if status:
            raise SystemExit(f"{folder}: ended with {status}\n{says}")
        counts = [line.split("rows read")[0].split(":")[-1].strip() for line in says.splitlines() if "rows read" in line]
        best = min(best or (seconds, used.ru_maxrss / 1024, counts), (seconds, used.ru_maxrss / 1024, counts))
    return best


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", required=True)
    options.add_argument("--megabytes", type=int, default=1000, help="size of the clean project")
    options.add_argument("--folder", type=Path, help="where to write; kept if it is named, and used again if it is there")
    options = options.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp())
    for name, table in [("clean", Clean), ("messy", Messy)]:
        if not (folder / name).is_dir():
            write(folder / name, table, options.megabytes)
    results = {}
    for name in ["clean", "messy"]:
        size = sum(path.stat().st_size for path in (folder / name).iterdir()) / 1e6
        results[name] = measure(options.program, folder / name)
        seconds, megabytes, _ = results[name]
        print(f"{name}: {size:.0f} MB of files, {seconds:.1f} s, {megabytes:.0f} MB of memory")
    clean, messy = results["clean"], results["messy"]
    assert clean[2] == messy[2], f"not the same rows: {clean[2]} and {messy[2]}"
    print(f"messy / clean: {messy[0] / clean[0]:.2f} of the time, {messy[1] / clean[1]:.2f} of the memory")
    if options.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
