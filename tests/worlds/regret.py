#!/usr/bin/env python3
"""What is the advice worth? Runs the program on seeded worlds and judges what it advises by the truth.

  regret.py --program target/release/leadgauge --out DIR [--seeds 20] [--jobs 2] [--scenario NAME]

Every world is written as make.py writes it, the program is run on it as a user would (`leadgauge calibrate`), and the bar
and the points that calibration.json advises are judged in a fresh population of 40,000 leads that belongs to the world's
seed. Every figure is a difference to keeping today's criteria in the same population, in profit per 1000 leads: negative
is better than keeping. Prints Markdown tables with the bound beside each figure, and ends with 1 where a bound is missed.

DIR holds the worlds and the populations' profits (kept, and used again by the next run), what the program said, tables.md
and figures.json. The same arguments and the same program give the same bytes.
"""
import argparse, hashlib, inspect, json, math, multiprocessing, os, shutil, subprocess, sys, time
from typing import NamedTuple
import make, simworld

MONTHS = 12                                # of history in every world
POPULATION = 40000                         # leads in a population,
POPULATION_SEED = 10_000_019               # and what is added to its world's seed, as simworld.py does
REPORT_MONTHS = 9                          # the newest ones, as make.py has them for a year's history
EXPLORE = 0.05                             # share of the leads below the bar that are worked on purpose, or none
NO_LOSS = 50.0                             # profit per 1000 leads that is no loss worth a word
Z = 1e-9                                   # thresholds closer than this are the same

# The most that the mean of a cell may be, in profit lost against keeping per 1000 leads, with and without exploration: of the
# whole advice in the populations of the seeds, of the bar alone in the common populations, which the bounds come from.
LOSS_BOUNDS = {
    ("healthy", 2000): 60, ("healthy", 8000): 60,
    ("too_loose", 2000): -33400, ("too_loose", 8000): -33900,
    ("too_strict", 2000): -2900, ("too_strict", 8000): -3900,
    ("drift", 2000): -1700, ("drift", 8000): -3300,
    ("junk_channel", 2000): -6200, ("junk_channel", 8000): -7400,
    ("mix_shift", 2000): 50, ("mix_shift", 8000): 0,
    ("tiny", 350): 80,
}
# The least that the advised criteria must earn, as a multiple of what the best bar earns with today's points.
CARD_BOUNDS = {(scenario, 8000): 1.2 for scenario in ("healthy", "drift", "junk_channel", "too_loose")}
# What three reviews in a row may leave of the regret, scaled so that keeping the bar loses KEEPING_LOSES.
CHAIN_SCENARIO, CHAIN_REVIEWS, CHAIN_SEEDS = "too_strict", 3, 10
CHAIN_BOUNDS = {2000: 3300, 8000: 1600}
KEEPING_LOSES = 8972
NEXT_WORLD = 1000                          # added to the seed for the world of the next review
COMMON = (90001, 90002)                    # seeds of the populations that the tables of METHODS.md were measured in
FIT = {"job_title": "title", "company_size": "size", "industry": "industry"}


class Cell(NamedTuple):
    """Worlds that differ in nothing but their seed."""
    scenario: str
    leads: int
    explored: bool

    def name(self):
        return f"{self.scenario}_{self.leads}_{'x' if self.explored else 'o'}"


def cells(scenarios):
    return [Cell(scenario, leads, explored) for scenario in scenarios
            for leads in ((350,) if scenario == "tiny" else (2000, 8000)) for explored in (False, True)]


# ---- worlds and what the program says of them

MADE_BY = [inspect.getsource(simworld), inspect.getsource(make.project), inspect.getsource(make.table)]


def stamp(*arguments):
    """What a cached file was made by: the simulator, the project file's words, and the arguments."""
    made_by = [*MADE_BY, repr(arguments)]
    return hashlib.sha256("\n".join(made_by).encode()).hexdigest()


def write_world(folder, cell, seed, threshold):
    """Writes a world unless it is there; its stamp is written last."""
    made_by, file = stamp(cell, seed, threshold, MONTHS, REPORT_MONTHS, EXPLORE), os.path.join(folder, "made_by")
    if os.path.exists(file) and open(file).read() == made_by:
        return
    shutil.rmtree(folder, ignore_errors=True)
    world = simworld.World(cell.leads, MONTHS, seed, cell.scenario, EXPLORE if cell.explored else 0.0)
    world.card["threshold"] = threshold
    truth = simworld.write(world, folder, orc=False)
    with open(os.path.join(folder, "leadgauge.toml"), "w") as project:
        project.write(make.project(truth, REPORT_MONTHS))
    with open(file, "w") as done:
        done.write(made_by)


def ask(program, world, out):
    """calibration.json of a world, from a run of the program."""
    shutil.rmtree(out, ignore_errors=True)
    done = subprocess.run([program, "calibrate", world, "--out", out, "--quiet"], capture_output=True, text=True)
    file = os.path.join(out, "calibration.json")
    if done.returncode not in (0, 1) or not os.path.exists(file):     # 1: done, with a finding that denies
        raise RuntimeError(f"{program} calibrate {world} ended with {done.returncode}:\n{done.stderr}")
    with open(file) as text:
        return json.load(text)


def advised(calibration):
    """What is advised: the bar for today's points, its stated gain per current MQL (90 %), and the whole card."""
    now, card, bar = calibration["criteria"], calibration["suggested"], calibration.get("bar") or {}
    points_moved = {**simulator_card(card), "threshold": 0} != {**simulator_card(now), "threshold": 0}
    threshold = bar.get("threshold")
    if threshold is None:
        if points_moved:
            raise ValueError("other points are advised, and calibration.json has no bar.threshold for today's")
        threshold = card["threshold"]
    return {"verdict": bar.get("verdict") or calibration["verdict"],
            "now": now["threshold"],
            "threshold": threshold,
            "stated": stated_gain(calibration, bar, threshold),
            "card": simulator_card(card),
            "points_moved": points_moved}


def stated_gain(calibration, bar, threshold):
    """The 90 % interval of what a bar gains per current MQL; none where none is stated."""
    rows = [row for row in calibration["sweep"] if abs(row["threshold"] - threshold) < Z]
    per_month = calibration.get("mqls_per_month")
    if isinstance(bar.get("gain_per_mql"), dict):
        gain, of = bar["gain_per_mql"], 1.0
    elif isinstance(bar.get("gain_per_month"), dict):
        gain, of = bar["gain_per_month"], per_month
    else:
        gain, of = (rows[0]["gain_per_month"] if rows else {}), per_month
    if not of or gain.get("low") is None or gain.get("high") is None:
        return None
    return [gain["low"] / of, gain["high"] / of]


def simulator_card(criteria):
    """Criteria as simworld.py has them. What it cannot express would make the truth another one: that is an error."""
    unknown = set(criteria["fit"]) - set(FIT)
    if unknown or criteria["lookback_days"] is not None:
        raise ValueError(f"the simulator knows no look-back and no fit by {sorted(unknown)}")
    values = {"title": simworld.TITLE, "size": simworld.SIZE, "industry": simworld.IND}
    fit = {name: criteria["fit"].get(attribute, {}) for attribute, name in FIT.items()}
    return {"threshold": criteria["threshold"],
            "half_life": criteria["half_life_days"],
            "points": {action: criteria["points"].get(action, 0) for action in simworld.ACT},
            "caps": {action: criteria["caps"][action] for action in simworld.ACT if action in criteria["caps"]},
            **{name: {value: fit[name].get(value, 0) for value in values[name]} for name in FIT.values()}}


def review(job):
    """The program's advice on a world."""
    program, out, cell, seed = job
    world = os.path.join(out, "worlds", cell.name(), str(seed))
    write_world(world, cell, seed, simworld.THRESH[cell.scenario])
    return cell, seed, advised(ask(program, world, os.path.join(out, "said", cell.name(), str(seed))))


def chain(job):
    """The bars of reviews in a row, each on fresh leads that met the bar the one before advised."""
    program, out, cell, seed, first = job
    bars = [first["now"], first["threshold"]]
    for step in range(2, CHAIN_REVIEWS + 1):
        bar, other_seed = bars[-1], seed + (step - 1) * NEXT_WORLD
        if float(bar).is_integer():
            bar = int(bar)
        name = os.path.join(f"{cell.name()}_in_a_row", str(seed), f"{step}_at_{bar}")
        world = os.path.join(out, "worlds", name)
        write_world(world, cell, other_seed, bar)
        bars.append(advised(ask(program, world, os.path.join(out, "said", name)))["threshold"])
    return cell, seed, bars


# ---- the truth

def kind_of(scenario):
    """Scenarios that differ in today's bar only have the same population."""
    return "healthy" if scenario in ("tiny", "too_loose", "too_strict") else scenario


def population(kind, seed):
    return simworld.World(POPULATION, MONTHS, seed if seed in COMMON else seed + POPULATION_SEED, kind)


def judge(job):
    """Expected profit and volume per 1000 leads in a population: of every bar with today's points, and of cards.

    The population of a world is that of its seed, as in `simworld.py --evaluate`; the common ones have seeds of their own.
    """
    out, kind, seed, cards = job
    file, people = os.path.join(out, "populations", f"{kind}_{seed}.json"), None
    made_by = stamp(kind, seed, MONTHS, POPULATION, POPULATION_SEED)
    curve = json.load(open(file)) if os.path.exists(file) else {}
    if curve.get("made_by") != made_by:
        people = population(kind, seed)
        rows = people.curve(people.card, simworld.GRID) * 1000 / people.N
        curve = {"made_by": made_by, "volume": rows[:, 0].tolist(), "profit": rows[:, 2].tolist()}
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "w") as text:
            json.dump(curve, text)
    profits = []
    for card in cards:
        people = people or population(kind, seed)
        row = people.curve(card, [card["threshold"]])[0] * 1000 / people.N
        profits.append(float(row[2]))
    return (kind, seed), curve, profits


class Truth:
    """A population's profit by bar, with today's points."""
    def __init__(self, curve):
        self.curve = curve

    def at(self, what, threshold):
        """Scores are whole fives with today's points, so a bar in between is the next one."""
        i = max(0, math.ceil(threshold / 5 - Z))
        if i >= len(simworld.GRID):
            raise ValueError(f"no bar up to {simworld.GRID[-1]} is {threshold}")
        return self.curve[what][i]

    def profit(self, threshold):
        return self.at("profit", threshold)

    def best(self):
        return max(self.curve["profit"])


# ---- the tables

def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else math.nan


def held(interval, truth):
    return interval[0] <= truth <= interval[1]


class Bounds:
    """Cells of a table that hold a figure and its bound; which of them are missed."""
    def __init__(self):
        self.missed = []

    def at_most(self, name, value, bound):
        return self.cell(name, value, bound, "≤", "{:+,.0f}")

    def at_least(self, name, value, bound):
        return self.cell(name, value, bound, "≥", "{:.2f}")

    def cell(self, name, value, bound, sign, form):
        if bound is None:
            return "–"
        holds = value <= bound if sign == "≤" else value >= bound          # a missing figure misses its bound
        if not holds:
            self.missed.append(f"{name}: {form.format(value)}, bound {sign} {form.format(bound)}")
        return f"{sign} {form.format(bound)}" + ("" if holds else " **missed**")


def table(title, head, rows):
    lines = [title, "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def losses(values):
    return [f"{mean(values):+,.0f}", f"{max(values):+,.0f}", f"{mean(v > NO_LOSS for v in values):.0%}"]


def figures(reviews, truths, card_profits):
    """A row a world: what was advised and what it is worth."""
    rows = []
    for cell, seed, said in reviews:
        truth = truths[kind_of(cell.scenario), seed]
        keeping, moved = truth.profit(said["now"]), abs(said["threshold"] - said["now"]) > Z
        gain = truth.profit(said["threshold"]) - keeping
        common = [truths[kind_of(cell.scenario), other] for other in COMMON]
        own = (cell, seed)
        profit = card_profits[own] if said["points_moved"] else truth.profit(said["card"]["threshold"])
        rows.append({"cell": cell.name(), "scenario": cell.scenario, "leads": cell.leads, "explored": cell.explored,
                     "seed": seed, "verdict": said["verdict"], "bar": said["threshold"], "moved": moved,
                     "bar_lost": 0.0 - gain,
                     "bar_lost_in_common": mean(t.profit(said["now"]) - t.profit(said["threshold"]) for t in common),
                     "stated_gain_per_mql": said["stated"],
                     "gain_per_mql": gain / truth.at("volume", said["now"]),
                     "points_moved": said["points_moved"], "card": said["card"],
                     "card_lost": keeping - profit, "card_profit": profit, "keeping": keeping, "best_bar": truth.best()})
    return rows


def stated_and_true(rows):
    """How often the stated 90 % interval of a bar's gain held the true one: bars that were moved, with an interval."""
    judged = [row for row in rows if row["moved"] and row["stated_gain_per_mql"]]
    holds = [held(row["stated_gain_per_mql"], row["gain_per_mql"]) for row in judged]
    middle = mean(sum(row["stated_gain_per_mql"]) / 2 for row in judged)
    true = mean(row["gain_per_mql"] for row in judged)
    if not judged:
        return ["0", "–", "–", "–"]
    return [len(judged), f"{mean(holds):.0%}", f"{middle:+.1f}", f"{true:+.1f}"]


def bar_table(rows, which, bounds):
    lines = []
    for cell in which:
        own = [row for row in rows if row["cell"] == cell.name()]
        lost = [row["bar_lost"] for row in own]
        common = mean(row["bar_lost_in_common"] for row in own)
        most = LOSS_BOUNDS.get((cell.scenario, cell.leads))
        bound = bounds.at_most(f"bar, {cell.name()}", common, most)
        beyond = " (beyond the bound)" if most is not None and mean(lost) > most else ""
        now = simworld.THRESH[cell.scenario]
        lines.append([cell.scenario, f"{cell.leads:,}", "5 %" if cell.explored else "none", len(own), now,
                      f"{mean(row['bar'] for row in own):.0f}", f"{mean(row['moved'] for row in own):.0%}",
                      f"{common:+,.0f}", bound, losses(lost)[0] + beyond, *losses(lost)[1:],
                      f"{mean(row['best_bar'] - row['keeping'] for row in own):,.0f}",
                      f"{mean(row['best_bar'] - row['keeping'] + row['bar_lost'] for row in own):,.0f}"])
    head = ["worlds", "leads", "explored", "n", "bar", "advised, mean", "moved",
            "lost against keeping, common populations", "bound", "the seeds' own populations", "worst",
            f"worse by > {NO_LOSS:.0f}", "left to gain by keeping", "by the advice"]
    return table("The bar, with today's points (profit per 1000 leads; negative = better than keeping)", head, lines)


def card_table(rows, which, bounds):
    lines = []
    for cell in which:
        own = [row for row in rows if row["cell"] == cell.name()]
        lost = [row["card_lost"] for row in own]
        ratio = sum(row["card_profit"] for row in own) / sum(row["best_bar"] for row in own)
        bound = bounds.at_least(f"points, {cell.name()}", ratio, CARD_BOUNDS.get((cell.scenario, cell.leads)))
        most = bounds.at_most(f"all, {cell.name()}", mean(lost), LOSS_BOUNDS.get((cell.scenario, cell.leads)))
        lines.append([cell.scenario, f"{cell.leads:,}", "5 %" if cell.explored else "none", len(own),
                      f"{mean(row['points_moved'] for row in own):.0%}", losses(lost)[0], most, *losses(lost)[1:],
                      f"{mean(row['keeping'] for row in own):,.0f}", f"{mean(row['best_bar'] for row in own):,.0f}",
                      f"{mean(row['card_profit'] for row in own):,.0f}", f"{ratio:.2f}", bound])
    head = ["worlds", "leads", "explored", "n", "points changed", "lost against keeping, mean", "bound", "worst", f"worse by > {NO_LOSS:.0f}",
            "profit by keeping", "best bar of today's points", "advised criteria", "÷ best bar", "bound"]
    return table("The whole advised criteria: points, caps, fit, half-life and bar (profit per 1000 leads)", head, lines)


def gain_table(rows, scenarios):
    lines = []
    for scenario in scenarios:
        lines.append([scenario, *stated_and_true([row for row in rows if row["scenario"] == scenario])])
    lines.append(["**all**", *stated_and_true(rows)])
    head = ["worlds", "bars moved", "90 % interval holds the truth", "middle of the interval, mean", "true gain, mean"]
    return table("The stated gain of a bar that is moved (per current MQL)", head, lines)


def chain_table(chains, truths, bounds):
    lines = []
    for cell in sorted({cell for cell, _, _ in chains}):
        own = [(truths[kind_of(cell.scenario), seed], bars) for name, seed, bars in chains if name == cell]
        left = [[truth.best() - truth.profit(bars[step]) for truth, bars in own] for step in range(CHAIN_REVIEWS + 1)]
        scaled = [KEEPING_LOSES * mean(values) / mean(left[0]) for values in left]
        bound = bounds.at_most(f"in a row, {cell.name()}", scaled[-1], CHAIN_BOUNDS[cell.leads])
        lowest = min(min(bars) for _, bars in own)
        lines.append([f"{cell.leads:,}", "5 %" if cell.explored else "none", len(own), *(f"{mean(v):,.0f}" for v in left),
                      f"{max(left[-1]):,.0f}", *(f"{value:,.0f}" for value in scaled[1:]), bound,
                      f"{mean(bars[-1] for _, bars in own):.0f}", f"{lowest:g}"])
    after = [f"after {step}" for step in range(1, CHAIN_REVIEWS + 1)]
    head = ["leads", "explored", "n", "lost by keeping", *after, "worst", *(f"{name}, scaled" for name in after), "bound",
            "last bar, mean", "lowest"]
    title = (f"Reviews in a row in {CHAIN_SCENARIO}, each on fresh leads (profit lost against the best bar, per 1000 leads; scaled: "
             f"keeping loses {KEEPING_LOSES:,})")
    return table(title, head, lines)


def main():
    arguments = argparse.ArgumentParser(description="what the advice is worth, in worlds whose truth is known")
    arguments.add_argument("--program", required=True, help="the built leadgauge")
    arguments.add_argument("--out", required=True, help="folder for worlds, populations and tables")
    arguments.add_argument("--seeds", type=int, default=20)
    arguments.add_argument("--first-seed", type=int, default=1, help="301 for worlds that the bounds have not seen")
    arguments.add_argument("--jobs", type=int, default=2)
    arguments.add_argument("--scenario", choices=list(simworld.THRESH), action="append", help="only this one (can be repeated)")
    a = arguments.parse_args()
    began = time.monotonic()
    program = os.path.abspath(a.program)
    if not os.path.isfile(program):
        arguments.error(f"{program} is no file: build it first, `cargo build --release`")
    scenarios = [name for name in simworld.THRESH if not a.scenario or name in a.scenario]
    seeds = range(a.first_seed, a.first_seed + a.seeds)
    which = cells(scenarios)

    with multiprocessing.Pool(a.jobs) as pool:
        # The large worlds first, so that no job is left alone at the end.
        jobs = [(program, a.out, cell, seed) for cell in sorted(which, key=lambda cell: -cell.leads) for seed in seeds]
        reviews = sorted(pool.imap_unordered(review, jobs))
        print(f"{len(reviews)} worlds asked, {time.monotonic() - began:.0f} s", file=sys.stderr)
        first = {(cell, seed): said for cell, seed, said in reviews if cell.scenario == CHAIN_SCENARIO}
        jobs = [(program, a.out, cell, seed, first[cell, seed]) for cell in which if cell.scenario == CHAIN_SCENARIO
                for seed in list(seeds)[:CHAIN_SEEDS]]
        chains = sorted(pool.imap_unordered(chain, jobs))
        print(f"{len(chains)} times {CHAIN_REVIEWS} reviews in a row, {time.monotonic() - began:.0f} s", file=sys.stderr)
        wanted = {(kind_of(scenario), seed): [] for scenario in scenarios for seed in COMMON}
        for cell, seed, said in reviews:
            cards = wanted.setdefault((kind_of(cell.scenario), seed), [])
            if said["points_moved"]:
                cards.append(((cell, seed), said["card"]))
        jobs = [(a.out, kind, seed, [card for _, card in cards]) for (kind, seed), cards in sorted(wanted.items())]
        truths, card_profits = {}, {}
        for place, curve, profits in pool.imap_unordered(judge, jobs):
            truths[place] = Truth(curve)
            card_profits.update(zip([name for name, _ in wanted[place]], profits))
        print(f"{len(truths)} populations, {time.monotonic() - began:.0f} s", file=sys.stderr)

    rows = figures(reviews, truths, card_profits)
    bounds = Bounds()
    tables = [bar_table(rows, which, bounds), card_table(rows, which, bounds), gain_table(rows, scenarios)]
    if chains:
        tables.append(chain_table(chains, truths, bounds))
    text = "\n".join(tables)
    with open(os.path.join(a.out, "tables.md"), "w") as file:
        file.write(text)
    in_a_row = [{"cell": cell.name(), "seed": seed, "bars": bars} for cell, seed, bars in chains]
    with open(os.path.join(a.out, "figures.json"), "w") as file:
        json.dump({"worlds": rows, "in_a_row": in_a_row}, file, indent=1)
    print(text)
    for missed in bounds.missed:
        print(f"missed: {missed}")
    print(f"{len(bounds.missed)} bounds missed", file=sys.stderr)
    return 1 if bounds.missed else 0


if __name__ == "__main__":
    sys.exit(main())
