"""Scores a weak and a strong solution on every starter competition, with the folders that the domain made.

    python scripts/measure-starters.py CACHE [ID...]      # default of the domain's option `cache`: ~/.cache/taskspace/mle
"""

import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingRegressor
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

warnings.filterwarnings("ignore")
CACHE = Path(sys.argv[1])


def scaled_logistic(c=1.0):
    return make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=c, max_iter=1000))


def on(columns, model, proba=False, transform=None):
    """Fits a model on numeric columns; text columns become codes."""

    def run(train, test, target):
        names = [name for name in (columns or test.columns) if name in test.columns and name != "id"]
        both = pd.concat([train[names], test[names]])
        for name in both.select_dtypes("object"):
            both[name] = both[name].astype("category").cat.codes
        values = both.to_numpy(float)
        x, z = values[: len(train)], values[len(train) :]
        y = train[target]
        if transform:
            return np.expm1(model.fit(x, np.log1p(y)).predict(z))
        model.fit(x, y)
        return model.predict_proba(z) if proba else model.predict(z)

    return run


def text(columns, vectors, model, proba=False):
    def run(train, test, target):
        join = lambda frame: frame[columns].fillna("").astype(str).agg(" ".join, axis=1)
        fitted = make_pipeline(vectors, model).fit(join(train), train[target])
        return fitted.predict_proba(join(test)) if proba else fitted.predict(join(test))

    return run


def top3(run):
    def guesses(train, test, target):
        shares = run(train, test, target)
        names = np.unique(train[target])
        return [" ".join(names[order]) for order in np.argsort(-shares, axis=1)[:, :3]]

    return guesses


def season(column, period, trend):
    def run(train, test, target):
        if not trend:
            return train[target].to_numpy()[np.arange(len(test)) % period - period]
        when = pd.to_datetime(pd.concat([train[column], test[column]]))
        years = ((when - when.iloc[0]).dt.days / 365.25).to_numpy()
        waves = [f(2 * np.pi * k * years) for k in (1, 2, 3) for f in (np.sin, np.cos)]
        powers = [years**p for p in range(1, trend + 1)]
        x = StandardScaler().fit_transform(np.stack(waves + powers, 1))
        n = len(train)
        weights = np.exp((years[:n] - years[n - 1]) / 8)
        return Ridge(1e-3).fit(x[:n], train[target], weights).predict(x[n:])

    return run


def storm_features(run):
    def with_more(train, test, target):
        def add(frame):
            groups = frame.groupby("storm", sort=False)
            pressure = frame["pressure"]
            return frame.assign(
                step=groups.cumcount(),
                lowest=groups["pressure"].transform("min"),
                change=pressure - groups["pressure"].shift(1).fillna(pressure),
            ).drop(columns="storm")

        return run(add(train), add(test), target)

    return with_more


CHARS = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2)
WORDS = TfidfVectorizer(sublinear_tf=True)
SOLUTIONS = {
    "tumour-diagnosis": (on(["f1"], LogisticRegression(), True), on(None, scaled_logistic(), True)),
    "iris-species": (on(["sepal_width"], GaussianNB()), on(None, scaled_logistic(10))),
    "digits-300": (on(None, GaussianNB()), on(None, SVC(gamma=0.001, C=10))),
    "digits-top-half": (on(None, GaussianNB(var_smoothing=0.1), True), on(None, SVC(gamma=0.002, C=5, probability=True), True)),
    "artwork-year": (text(["medium"], WORDS, Ridge()), text(["artist", "title", "medium"], make_union(WORDS, CHARS), Ridge(0.5))),
    "artwork-medium": (top3(on(["year"], LogisticRegression(max_iter=300), True)), top3(text(["artist", "title"], WORDS, LogisticRegression(C=10, max_iter=300), True))),
    "storm-wind": (on(["lat"], Ridge()), storm_features(on(None, HistGradientBoostingRegressor(max_iter=80)))),
    "storm-category": (on(["month", "lat", "long"], GaussianNB()), on(["month", "lat", "long", "pressure"], ExtraTreesClassifier(100, min_samples_leaf=3, random_state=0))),
    "penguin-sex": (on(["body_mass_g"], make_pipeline(SimpleImputer(), LogisticRegression()), True), on(None, scaled_logistic(), True)),
    "sea-temperature": (season("month", 12, 0), season("month", 12, 1)),
    "wine-cultivar": (on(["f1"], GaussianNB(), True), on(None, scaled_logistic(), True)),
    "which-novel": (text(["passage"], WORDS, LogisticRegression(), True), text(["passage"], make_union(WORDS, CHARS), LogisticRegression(C=20, max_iter=300), True)),
    "doctor-visits": (on(["disea"], Ridge(), transform=True), on(None, HistGradientBoostingRegressor(max_iter=60, learning_rate=0.05), transform=True)),
    "co2-forecast": (season("date", 52, 0), season("date", 52, 2)),
}


def score(name, answers, said, train, target):
    truth = answers[target]
    if name in ("tumour-diagnosis", "penguin-sex"):
        return metrics.roc_auc_score(truth, said[:, 1])
    if name in ("digits-top-half", "wine-cultivar", "which-novel"):
        return metrics.log_loss(truth, said, labels=np.unique(train[target]))
    if name == "iris-species":
        return metrics.f1_score(truth, said, average="macro")
    if name == "digits-300":
        return metrics.accuracy_score(truth, said)
    if name == "storm-category":
        return metrics.cohen_kappa_score(truth, said, weights="quadratic")
    if name == "artwork-medium":
        return np.mean([sum((guess == right) / (place + 1) for place, guess in enumerate(line.split())) for right, line in zip(truth, said)])
    if name in ("artwork-year", "sea-temperature"):
        return metrics.mean_absolute_error(truth, said)
    said = np.maximum(said, 0)
    if name == "doctor-visits":
        return metrics.root_mean_squared_log_error(truth, said)
    return metrics.root_mean_squared_error(truth, said)


only = sys.argv[2:]
for name, solutions in SOLUTIONS.items():
    if only and name not in only:
        continue
    folder = max(CACHE.glob(f"{name}-????????????"), key=lambda path: path.stat().st_mtime)
    train, test = (pd.read_csv(folder / "public" / f"{part}.csv") for part in ("train", "test"))
    answers = pd.read_csv(folder / "private/answers.csv")
    target = answers.columns[1]
    found = []
    for run in solutions:
        start = time.time()
        value = score(name, answers, run(train, test, target), train, target)
        found.append(f"{value:.3f} ({time.time() - start:.1f} s)")
    print(f"{name}: weak {found[0]}, strong {found[1]}", flush=True)
