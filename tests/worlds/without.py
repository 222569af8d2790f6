#!/usr/bin/env python3
"""without.py - a simulated project without one of the traps that every world has.

  without.py sales   DIR OUT               a copy without what happens from half an hour before a lead's first SQL on
  without.py careers DIR OUT               a copy without the leads that ever looked at the careers page
  without.py signs   DIR OUT               a copy in which job seekers leave no sign: no careers_page action, the leads stay
  without.py logs    SCENARIO:LEADS:SEED OUT   a new world in which sales logs nothing, and every lead goes on by itself (12 months)
"""
import csv, datetime as dt, os, shutil, sys, types

def rows(path):
    with open(path, newline="") as f:
        r = csv.reader(f); head = next(r); return head, list(r)

def write(path, head, body):
    with open(path, "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n"); w.writerow(head); w.writerows(body)

def at(text): return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").timestamp()

def without(what, source, out):
    """a copy of the project at `source`."""
    os.makedirs(out, exist_ok=True)
    for name in os.listdir(source): shutil.copy(os.path.join(source, name), os.path.join(out, name))
    p = lambda name: os.path.join(out, name)
    head, acts = rows(p("activities.csv"))
    if what == "sales":
        sql = {}
        for r in rows(p("stage_history.csv"))[1]:
            if r[1] == "SQL": sql[r[0]] = min(sql.get(r[0], 1e18), at(r[2]))
        acts = [r for r in acts if at(r[2]) < sql.get(r[0], 1e18) - 1800]
    elif what == "careers":
        gone = {r[0] for r in acts if r[1] == "careers_page"}
        acts = [r for r in acts if r[0] not in gone]
        for name, column in (("leads.csv", 0), ("stage_history.csv", 0), ("deals.csv", 1)):
            h, body = rows(p(name)); write(p(name), h, [r for r in body if r[column].rstrip("D") not in gone])
    elif what == "signs":
        acts = [r for r in acts if r[1] != "careers_page"]
    write(p("activities.csv"), head, acts)

def unlogged(scenario, leads, seed, out, months=12):
    """a world whose sales log nothing: the simulator without its lines on what is written after an SQL."""
    here = os.path.dirname(os.path.abspath(__file__))
    text = open(os.path.join(here, "simworld.py")).read()
    start = "    post = np.flatnonzero(np.isfinite(s.tsql) & (s.tsql < s.snap))"
    assert text.count(start) == 1
    line = text[text.index(start):].split("\n", 1)[0]
    world = types.ModuleType("simworld"); world.__file__ = os.path.join(here, "simworld.py")
    exec(compile(text.replace(line, "    post = []"), "simworld", "exec"), world.__dict__)
    sys.modules["simworld"] = world; sys.path.insert(0, here)
    import make
    truth = world.write(world.World(leads, months, seed, scenario, 0.).observe(), out, orc=False)
    with open(os.path.join(out, "leadgauge.toml"), "w") as f: f.write(make.project(truth, 9))

if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("sales", "careers", "signs", "logs"): sys.exit(__doc__)
    if sys.argv[1] == "logs":
        scenario, leads, seed = sys.argv[2].split(":"); unlogged(scenario, int(leads), int(seed), sys.argv[3])
    else: without(*sys.argv[1:])
