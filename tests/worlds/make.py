#!/usr/bin/env python3
"""Writes the worlds with known truth that tests/it/worlds.rs judges the program by.

  make.py --out DIR [--jobs 2] [--only BATCH] [--seeds N]

DIR/BATCH/SEED/ holds the exports and truth.json exactly as simworld.py writes them, a leadgauge.toml that fits them and
expected.json: what truth.json lacks, from the simulator's own probabilities (see `expected` and `margins`). DIR/worlds.json
names the batches; it is written last, so a folder without it is not complete. The same arguments give the same bytes.
What the advice is worth is judged by regret.py, in worlds of its own.
"""
import argparse, csv, datetime as dt, json, multiprocessing, os, shutil, time
from typing import NamedTuple
import numpy as np
import simworld


class Batch(NamedTuple):
    scenario: str
    seeds: int
    leads: int
    months: int
    report_months: int = 3
    margins: bool = False          # whether expected.json says what the leads at the bar bring
    backlog: bool = False          # whether everything takes sales 1.8 times as long in the second half


BATCHES = {
    "healthy":               Batch("healthy",      60, 12000, 18),
    "too_loose":             Batch("too_loose",    60, 12000, 18, report_months=12),
    "too_strict":            Batch("too_strict",   60, 24000, 18, report_months=18),
    "tiny":                  Batch("tiny",         60,   350, 18, report_months=18),
    "drift":                 Batch("drift",        40, 12000, 18, report_months=12),
    "mix_shift":             Batch("mix_shift",    40, 12000, 18, report_months=12),
    "junk_channel":          Batch("junk_channel", 40, 12000, 18, report_months=12),
    "sales_backlog":         Batch("healthy",      60, 12000, 18, backlog=True),
    "margins_healthy":       Batch("healthy",      10, 20000, 12, margins=True),
    "margins_too_loose":     Batch("too_loose",    10, 20000, 12, margins=True),
}
MARGINS = 4                               # bands of BAND points from the bar on
BAND = 20
WINDOW = 90                               # days that an MQL has to become an SQL


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


def by_month_and_channel(world, day, members):
    """How many of some leads have their day in a month, by channel."""
    counts = np.zeros((world.M, len(simworld.CH)), int)
    np.add.at(counts, (simworld.month_of(day[members]), world.ch[members]), 1)
    return counts


def cell(world, day, chance, by, converts, lag, window, first_month):
    """The true rate of those who start from a month on, and what the interval of such a rate needs (METHODS, section 2).

    `chance` = P(converts), `by(i, t)` = P(no later than t days | converts); whole days are counted, so what happens on the
    last one has on average half a day more. The lag curve is that of everyone who started in the last 365 days, as in the
    program, but exact: n_curve is the expected number of conversions behind an estimated one. `luck` is what the estimate is
    off because of the draws of this world: conversions that could be seen less those to be expected, as a rate.
    """
    age = world.snap - 1 - np.floor(day)
    recent = np.flatnonzero((age >= 0) & (age < 365))
    d = np.arange(window + 1)
    arrived = np.array([(chance[recent] * by(recent, x + .5)).sum() for x in d])
    F = arrived / arrived[-1]
    n_curve = float((chance[recent] * by(recent, np.minimum(age[recent], window) + .5)).sum())
    own = np.flatnonzero((age >= 0) & (simworld.month_of(np.maximum(day, 0)) >= first_month))
    if not own.size:
        return {"n": 0}
    share = F[np.minimum(age[own], window).astype(int)]
    at_least = np.array([(age[own] >= x).sum() for x in d], float)
    a = share.sum()
    time = np.minimum(world.snap - day[own], window + .5)
    luck = (converts[own] & (lag[own] <= time)).sum() - (chance[own] * by(own, time)).sum()
    return {"n": int(own.size),
            "rate": float((chance[own] * by(own, window + .5)).sum() / own.size),
            "luck": float(luck / a) if a else None,
            "a": float(a),
            "b": float((share ** 2).sum()),
            "v_a": float((np.diff(F, prepend=0) * (at_least - a) ** 2).sum() / n_curve)}


def expected(world):
    """What is expected of a world and truth.json does not say.

    MQLs, inferred ones included, by month and channel: here as they happened, replaced by their mean over the other seeds of
    the batch when all are written. First SQLs by month and the share of them that is expected to win within 180 days: a
    recycled lead's second SQL never wins in this simulator. The rates of the last quarter and the last month with what
    the formula of their interval needs.
    """
    s = world
    no_day = np.full(s.N, np.inf)
    mql = np.where(s.ismql, s.tm, no_day)
    start = np.where(s.selfs, s.tsql, mql)                               # who skipped the stage was an MQL when SQL
    first_sql = np.where(np.isfinite(s.tsql), s.tsql, s.tsql2)
    wins = np.where(np.isfinite(s.tsql), s.q, 0.0)
    scale = np.broadcast_to(s.lag_params[0], (s.N,)); shape = s.lag_params[1]

    def sql_by(i, t):
        return 1 - np.exp(-(np.maximum(t - .5, 0) / scale[i]) ** shape[i])

    def won_by(i, t):
        x = np.maximum(t - 3, 0) / 25                                    # 3 days and a gamma of shape 2 and scale 25
        return np.broadcast_to(1 - np.exp(-x) * (1 + x), np.shape(i))

    seen = np.flatnonzero(first_sql < s.snap)
    month = simworld.month_of(first_sql[seen])
    within = wins[seen] * won_by(seen, 180.5)
    spans = {"quarter": s.M - 3, "month": s.M - 1}
    return {"mqls": by_month_and_channel(s, start, start < s.snap),
            "sqls": {simworld.month_name(m): {"n": int((month == m).sum()),
                                              "won180_expected": float(within[month == m].mean())}
                     for m in range(s.M) if (month == m).any()},
            "mql_to_sql": {span: cell(s, mql, s.p, sql_by, s.Y, s.lag, 90, first) for span, first in spans.items()},
            "sql_to_customer": {span: cell(s, first_sql, wins, won_by, s.won, s.wlag, 180, first)
                                for span, first in spans.items()}}


def spend_as_written(folder, months):
    """Spend by month and cost channel, corrections netted; null where the row is missing."""
    paid = [c for j, c in enumerate(simworld.CH) if simworld.CHP[j, 2] > 0]
    spend = {simworld.month_name(m): dict.fromkeys(paid) for m in range(months)}
    with open(os.path.join(folder, "spend.csv")) as file:
        for row in csv.DictReader(file):
            known = spend[row["month"]]
            known[row["channel"]] = round((known[row["channel"]] or 0.0) + float(row["amount"]), 2)
    return spend


def margins(world, folder):
    """What the leads that only just reach the bar bring, by band, and what two naive sweeps say of it.

    `rate`: SQLs lost per MQL avoided by raising the bar over the band, from the simulator's probabilities of everyone that
    is ever created: those who stop in the band are not worked, the others are, but later (METHODS, section 4, "true marginal
    rate"). `rate90`: the same for SQLs within the window. The sweeps are SQLs per MQL among the mature MQLs, by a score that
    a spreadsheet would take: `current_score`, everything that is in the exports, which sales writes into after the SQL;
    `until_sql`, marketing's own activity up to the SQL.
    """
    s = world
    bar = s.card["threshold"]
    edges = [bar + BAND * j for j in range(MARGINS + 1)]
    lag, _ = s.cross(s.card, edges)
    within = 1 - np.exp(-((WINDOW - .5) / s.lag_params[0]) ** s.lag_params[1])
    reach, p = np.isfinite(lag), np.array([s.p_at(row) for row in lag])
    n, sqls, in_time = reach.sum(1), (p * reach).sum(1), (p * within * reach).sum(1)

    mature = np.flatnonzero(s.ismql & (s.tm + WINDOW < s.snap))
    converts = (s.Y & (s.lag <= WINDOW))[mature]
    scores, times = s.paths(s.card)
    until = np.where(converts, s.tsql[mature] - s.created[mature], np.inf)
    counts = np.isfinite(scores[mature]) & (times[mature] < until[:, None])
    current = s.fitpts(s.card)
    with open(os.path.join(folder, "activities.csv")) as file:
        for row in csv.DictReader(file):
            if row["lead_id"].startswith("L"):                           # others belong to nobody
                current[int(row["lead_id"][1:])] += s.card["points"][row["type"]]

    def sweep(score):
        bands = [(score >= low) & (score < low + BAND) for low in edges[:-1]]
        return [{"n": int(band.sum()), "sqls": int((band & converts).sum())} for band in bands]

    return {"bands": [{"from": edges[j], "to": edges[j + 1], "n": int(n[j] - n[j + 1]),
                       "rate": float((sqls[j] - sqls[j + 1]) / (n[j] - n[j + 1])),
                       "rate90": float((in_time[j] - in_time[j + 1]) / (n[j] - n[j + 1]))} for j in range(MARGINS)],
            "current_score": sweep(current[mature]),
            "until_sql": sweep(np.where(counts, scores[mature], -np.inf).max(1))}


def write(job):
    folder, batch, seed = job
    b = BATCHES[batch]
    world = simworld.World(b.leads, b.months, seed, b.scenario, sales_backlog=b.backlog).observe()
    truth = simworld.write(world, folder, orc=False)
    with open(os.path.join(folder, "leadgauge.toml"), "w") as file:
        file.write(project(truth, b.report_months))
    extra = {"margins": margins(world, folder)} if b.margins else {}
    return job, {**expected(world), **extra, "spend": spend_as_written(folder, b.months)}


def write_expected(written):
    """expected.json of every world, with the mean over the other seeds of its batch in place of its own MQLs: nothing
    that differs between seeds moves the chance of becoming an MQL, so these are draws of one distribution."""
    for batch in {batch for (_, batch, _), _ in written}:
        own = [(folder, values) for (folder, name, _), values in written if name == batch]
        total = sum(values["mqls"] for _, values in own)
        for folder, values in own:
            others = (total - values["mqls"]) / max(len(own) - 1, 1)
            values["mqls"] = {simworld.month_name(m): dict(zip(simworld.CH, map(float, row))) for m, row in enumerate(others)}
            with open(os.path.join(folder, "expected.json"), "w") as file:
                json.dump(values, file, indent=1)


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
    for batch, b in BATCHES.items():
        if a.only not in (None, batch):
            continue
        shutil.rmtree(os.path.join(a.out, batch), ignore_errors=True)
        for seed in range(1, min(b.seeds, a.seeds or b.seeds) + 1):
            jobs.append((os.path.join(a.out, batch, f"{seed:02d}"), batch, seed))
    with multiprocessing.Pool(a.jobs) as pool:
        write_expected(sorted(pool.imap_unordered(write, jobs), key=lambda done: done[0]))
    if whole:
        with open(complete, "w") as file:
            json.dump([{"batch": name, **b._asdict()} for name, b in BATCHES.items()], file, indent=1)
    print(f"{a.out}: {len(jobs)} worlds in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
