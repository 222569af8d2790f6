#!/usr/bin/env python3
"""without.py - a copy of a simulated project without one of the traps that every world has.

  without.py sales   DIR OUT    without what sales logs: no action of a lead from half an hour before its first SQL on
  without.py logged  DIR OUT    the same, but each lead goes on by itself: only as many later actions stay as its own pace before gives
  without.py careers DIR OUT    without the leads that ever looked at the careers page
  without.py signs   DIR OUT    job seekers leave no sign: no careers_page action, the leads stay
"""
import csv, datetime as dt, os, random, shutil, sys

def rows(path):
    with open(path, newline="") as f:
        r = csv.reader(f); head = next(r); return head, list(r)

def write(path, head, body):
    with open(path, "w", newline="") as f:
        w = csv.writer(f, lineterminator="\n"); w.writerow(head); w.writerows(body)

def at(text): return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").timestamp()

def without(what, source, out):
    os.makedirs(out, exist_ok=True)
    for name in os.listdir(source): shutil.copy(os.path.join(source, name), os.path.join(out, name))
    p = lambda name: os.path.join(out, name)
    head, acts = rows(p("activities.csv"))
    if what in ("sales", "logged"):
        sql = {}
        for r in rows(p("stage_history.csv"))[1]:
            if r[1] == "SQL": sql[r[0]] = min(sql.get(r[0], 1e18), at(r[2]))
        cut = lambda r: at(r[2]) >= sql.get(r[0], 1e18) - 1800
        if what == "sales":
            acts = [r for r in acts if not cut(r)]
        else:
            # Sales logs about 4 actions of 3 kinds and a request: later actions of other kinds are the lead's own.
            g = random.Random(1); own = {}
            for r in acts:
                if cut(r) and r[1] in ("email_open", "email_click", "webinar", "content_download"): own[r[0]] = own.get(r[0], 0) + 1
            keep = []
            for r in acts:
                if not cut(r) or r[1] in ("email_open", "email_click", "webinar", "content_download"): keep.append(r)
                elif own.get(r[0], 0) > 0 and g.random() < .5 and at(r[2]) > sql[r[0]] + 60: own[r[0]] -= 1; keep.append(r)
            acts = keep
    elif what == "careers":
        gone = {r[0] for r in acts if r[1] == "careers_page"}
        acts = [r for r in acts if r[0] not in gone]
        for name, column in (("leads.csv", 0), ("stage_history.csv", 0), ("deals.csv", 1)):
            h, body = rows(p(name)); write(p(name), h, [r for r in body if r[column] not in gone and r[column].rstrip("D") not in gone])
    elif what == "signs":
        acts = [r for r in acts if r[1] != "careers_page"]
    write(p("activities.csv"), head, acts)

if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] not in ("sales", "logged", "careers", "signs"): sys.exit(__doc__)
    without(*sys.argv[1:])
