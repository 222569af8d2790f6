#!/usr/bin/env python3
"""Writes the worlds with known truth that tests/it/worlds.rs judges the program by.

  make.py --out DIR [--jobs 2] [--only BATCH] [--seeds N]

DIR/BATCH/SEED/ holds the exports and truth.json exactly as simworld.py writes them, a leadgauge.toml that fits them, and
for the batches on advice profit.json: the expected profit per 1000 leads of every threshold, in a fresh population of
the same kind. DIR/worlds.json names the batches; it is written last, so a folder without it is not complete.
The same arguments give the same bytes.
"""
import argparse, datetime as dt, json, multiprocessing, os, shutil, time
import simworld

# batch: scenario, seeds, leads, months, share of leads explored, report months, profit of the thresholds
BATCHES = {
    "healthy":               ("healthy",      60, 12000, 18, .00,  3, False),
    "too_loose":             ("too_loose",    60, 12000, 18, .00, 12, False),
    "too_strict":            ("too_strict",   60, 24000, 18, .00, 18, False),
    "tiny":                  ("tiny",         60,   350, 18, .00, 18, True),
    "advice_healthy":        ("healthy",       8,  8000, 12, .05, 12, True),
    "advice_too_loose":      ("too_loose",     8,  8000, 12, .05, 12, True),
    "advice_too_strict":     ("too_strict",    8,  8000, 12, .05, 12, True),
    "advice_drift":          ("drift",         8,  8000, 12, .05, 12, True),
    "advice_junk_channel":   ("junk_channel",  8,  8000, 12, .05, 12, True),
    "advice_mix_shift":      ("mix_shift",     8,  8000, 12, .05, 12, True),
}
POPULATION = 40000                        # leads, and an offset of the seed that no world of a batch reaches
POPULATION_SEED = 10_000_019


def table(points):
    return "{ " + ", ".join(f'"{name}" = {value}' for name, value in points.items()) + " }"


def project(truth, report_months):
    """The project file of a world: its own criteria, and a name for every spelling that the dirt uses."""
    card = truth["card"]
    as_of = dt.date.fromisoformat(truth["snapshot"]) - dt.timedelta(days=1)
    caps = f"\ncaps = {table(card['caps'])}" if card["caps"] else ""
    return f"""project  = "{truth['scenario']} {truth['seed']}"
timezone = "UTC"
currency = "USD"
as_of    = "{as_of}"

[channels]
paid_social = ["Facebook", "Paid Social", "paid-social"]
paid_search = ["Google Ads", "PPC"]
organic     = ["SEO", "(not set)"]

[[criteria]]
threshold = {card['threshold']}
points = {table(card['points'])}{caps}
fit.job_title = {table(card['title'])}
fit.company_size = {table(card['size'])}
fit.industry = {table(card['industry'])}

[economics]
value_per_sql = {simworld.ECON['value_per_sql']:.0f}
sales_cost_per_mql = {simworld.ECON['cost_per_mql_touch']:.0f}

[exclude]
email_domains = ["our-own-company.example"]

[report]
months = {report_months}
"""


def profit(scenario, months, seed):
    """Expected profit per 1000 leads of every threshold of the grid, under the scenario's points."""
    kind = "healthy" if scenario == "tiny" else scenario
    population = simworld.World(POPULATION, months, seed + POPULATION_SEED, kind)
    curve = population.curve(population.card, simworld.GRID)
    per_1000 = 1000 / population.N
    return {"thresholds": simworld.GRID, "profit": [round(float(row[2]) * per_1000, 2) for row in curve]}


def write(job):
    folder, batch, seed = job
    scenario, _, leads, months, explore, report_months, with_profit = BATCHES[batch]
    truth = simworld.write(simworld.World(leads, months, seed, scenario, explore).observe(), folder, orc=False)
    with open(os.path.join(folder, "leadgauge.toml"), "w") as file:
        file.write(project(truth, report_months))
    if with_profit:
        with open(os.path.join(folder, "profit.json"), "w") as file:
            json.dump(profit(scenario, months, seed), file)


def main():
    arguments = argparse.ArgumentParser(description="worlds with known truth")
    arguments.add_argument("--out", required=True)
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--only", choices=list(BATCHES), help="one batch; worlds.json is then left as it is")
    arguments.add_argument("--seeds", type=int, help="fewer seeds a batch; worlds.json is then not written")
    a = arguments.parse_args()
    began = time.monotonic()
    complete = os.path.join(a.out, "worlds.json")
    whole = a.only is None and a.seeds is None
    if whole and os.path.exists(complete):
        os.remove(complete)
    jobs = []
    for batch, settings in BATCHES.items():
        if a.only not in (None, batch):
            continue
        shutil.rmtree(os.path.join(a.out, batch), ignore_errors=True)
        for seed in range(1, min(settings[1], a.seeds or settings[1]) + 1):
            jobs.append((os.path.join(a.out, batch, f"{seed:02d}"), batch, seed))
    with multiprocessing.Pool(a.jobs) as pool:
        for _ in pool.imap_unordered(write, jobs):
            pass
    if whole:
        keys = ("scenario", "seeds", "leads", "months", "explore", "report_months", "with_profit")
        with open(complete, "w") as file:
            json.dump([{"batch": batch, **dict(zip(keys, settings))} for batch, settings in BATCHES.items()], file, indent=1)
    print(f"{a.out}: {len(jobs)} worlds in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
