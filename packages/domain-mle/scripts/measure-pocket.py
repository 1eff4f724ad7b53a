"""Scores every program of the grid on every pocket variation and writes data/pocket.json.gz.

    python scripts/measure-pocket.py DUMPED data

Kept are variations on which some program does clearly better than the best constant, and not nearly every one does. For each: the score of that constant
(worth 0), the best score of the grid (worth 1), and how many percent of the way every program came, -1 where it failed.
"""

import gzip
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

DUMPED, TARGET = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "data"))
import kit  # noqa: E402


def column(path, name):
    with open(path) as file:
        names = file.readline().strip().split(",")
        return np.array([float(line.split(",")[names.index(name)]) for line in file])


def score(kind, answers, said):
    if kind == "number":
        return float(np.sqrt(np.mean((answers - said) ** 2)))
    return float(roc_auc_score(answers, said) if kind == "two" else np.mean(answers == said))


def constant(kind, train, answers):
    if kind == "number":
        return score(kind, answers, train.mean())
    return 0.5 if kind == "two" else float(np.mean(answers == np.bincount(train.astype(int)).argmax()))


# Above this mean percent nearly any program will do, and nothing is to be learned.
SATURATED = 85


def enough(kind, worst, best):
    return best < 0.8 * worst if kind == "number" else best - worst > 0.2


def measure(folder):
    public = folder / "public"
    kit._FOLDER = str(public)
    kind = (public / "kind.txt").read_text().strip()
    answers = column(folder / "private/answers.csv", "y")
    if kind == "two" and len(set(answers)) < 2:
        return None
    scores = []
    for program in json.loads((folder / "programs.json").read_text()):
        try:
            exec(compile(program, "solution.py", "exec"), {})
            scores.append(score(kind, answers, column("submission.csv", "y")))
        except Exception as error:
            print(folder, program, error, file=sys.stderr)
            scores.append(None)
    known = [value for value in scores if value is not None]
    if not known:
        return None
    worst = constant(kind, column(public / "train.csv", "y"), answers)
    best = min(known) if kind == "number" else max(known)
    if not enough(kind, worst, best):
        return None
    percent = lambda value: round(100 * min(1, max(0, (value - worst) / (best - worst))))
    percents = [-1 if value is None else percent(value) for value in scores]
    if np.mean(percents) > SATURATED:
        return None
    return {"worst": float(f"{worst:.6g}"), "best": float(f"{best:.6g}"), "percents": percents}


def write(measured):
    draft = TARGET / "pocket.json.gz.draft"
    text = json.dumps(measured, separators=(",", ":"))
    draft.write_bytes(gzip.compress(text.encode(), mtime=0))
    draft.replace(TARGET / "pocket.json.gz")


# In turns, and written after each: stopped at any time it leaves a file with tasks of every split.
os.chdir(tempfile.mkdtemp())
measured = {"train": [], "validation": [], "test": []}
folders = {split: sorted((DUMPED / split).iterdir(), key=lambda path: int(path.name)) for split in measured}
while any(folders.values()):
    for split, turns in [("train", 4), ("validation", 1), ("test", 1)]:
        for folder in folders[split][:turns]:
            found = measure(folder)
            if found is not None:
                measured[split].append({"index": int(folder.name), **found})
        del folders[split][:turns]
    write(measured)
for split, entries in measured.items():
    percents = [percent for entry in entries for percent in entry["percents"]]
    print(split, len(entries), "tasks, mean percent", np.mean(percents))
