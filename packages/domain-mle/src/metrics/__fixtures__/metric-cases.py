"""Random and edge inputs of every metric with scikit-learn's results, as JSON lines on standard output.

    python metric-cases.py SEED COUNT > cases.jsonl
"""

import json
import sys
import warnings

import numpy as np
from sklearn import metrics

warnings.filterwarnings("ignore")
seed, count = int(sys.argv[1]), int(sys.argv[2])
random = np.random.RandomState(seed)


def rows(index, least=2):
    return least + index % 3 if index % 5 == 0 else random.randint(least, 40)


def both(n):
    truth = random.randint(0, 2, n)
    truth[:2] = [0, 1]
    random.shuffle(truth)
    return truth


def scores(n, index):
    values = random.rand(n)
    if index % 4 == 0:
        values = np.round(values, 1)  # ties
    if index % 7 == 0:
        values = np.full(n, 0.5)
    if index % 11 == 0:
        values = values * 10.0 ** random.randint(-300, 300)
    return values


def probabilities(n, classes, index):
    values = random.rand(n, classes) ** (1 + index % 5)
    if index % 4 == 0:
        values[random.rand(n, classes) < 0.4] = 0
        values[values.sum(axis=1) == 0, 0] = 1
    return values / values.sum(axis=1, keepdims=True)


def numbers(n, index):
    values = random.randn(n) * 10.0 ** random.randint(-6, 6)
    return values + (1e9 if index % 9 == 0 else 0)


def auc(index):
    truth = both(rows(index))
    said = scores(len(truth), index)
    return {}, truth, said, metrics.roc_auc_score(truth, said)


def binary_log_loss(index):
    truth = both(rows(index))
    said = np.clip(scores(len(truth), index + (index % 11 == 0)), 0, 1)
    if index % 3 == 0:
        said[random.rand(len(said)) < 0.3] = index % 2
    return {}, truth, said, metrics.log_loss(truth, said, labels=[0, 1])


def log_loss(index):
    classes = random.randint(2, 9)
    truth = random.randint(0, classes, rows(index))
    said = probabilities(len(truth), classes, index)
    return {}, truth, said, metrics.log_loss(truth, said, labels=list(range(classes)))


def rmse(index):
    truth, said = (numbers(n, index) for n in [rows(index, 1)] * 2)
    return {}, truth, said, np.sqrt(metrics.mean_squared_error(truth, said))


def mae(index):
    truth, said = (numbers(n, index) for n in [rows(index, 1)] * 2)
    return {}, truth, said, metrics.mean_absolute_error(truth, said)


def rmsle(index):
    truth, said = (np.abs(numbers(n, index)) for n in [rows(index, 1)] * 2)
    if index % 3 == 0:
        truth = np.where(random.rand(len(truth)) < 0.4, 0, truth)
    return {}, truth, said, np.sqrt(metrics.mean_squared_log_error(truth, said))


def labels(index):
    classes = random.randint(2, 8)
    n = rows(index)
    truth = random.randint(0, classes, n)
    truth[:2] = [0, 1]
    said = np.where(random.rand(n) < 0.6, truth, random.randint(0, classes + 1, n))
    if index % 6 == 0:
        said = np.full(n, random.randint(0, classes))
    return truth, said


def accuracy(index):
    truth, said = labels(index)
    return {}, truth, said, metrics.accuracy_score(truth, said)


def f1(index):
    if index % 2 == 0:
        truth, said = labels(index)
        return {"average": "macro"}, truth, said, metrics.f1_score(truth, said, average="macro")
    truth, said = both(rows(index)), None
    said = random.randint(0, 2, len(truth)) if index % 3 else np.zeros(len(truth), int)
    return {"average": "binary"}, truth, said, metrics.f1_score(truth, said)


def quadratic_kappa(index):
    truth, said = labels(index)
    scale = [1, 3, -2][index % 3]  # labels with holes: distance is between places
    truth, said = truth * scale, said * scale
    return {}, truth, said, metrics.cohen_kappa_score(truth, said, weights="quadratic")


def map_at_k(index):
    """With k no less than the number of items this is scikit-learn's label ranking average precision."""
    n, items = rows(index, 1), random.randint(2, 9)
    right = random.rand(n, items) < 0.4
    right[np.arange(n), random.randint(0, items, n)] = True
    ranking = np.argsort(random.rand(n, items), axis=1)
    score = np.empty((n, items))
    np.put_along_axis(score, ranking, -np.arange(items, dtype=float)[None, :].repeat(n, 0), axis=1)
    expected = metrics.label_ranking_average_precision_score(right, score)
    truth = [[int(item) for item in np.flatnonzero(row)] for row in right]
    return {"k": items + index % 3}, truth, ranking, expected


def plain(value):
    return value.tolist() if isinstance(value, np.ndarray) else value


for metric in [auc, binary_log_loss, log_loss, rmse, mae, rmsle, accuracy, f1, quadratic_kappa, map_at_k]:
    for index in range(count):
        options, truth, said, expected = metric(index)
        case = [metric.__name__.replace("_", "-"), options, plain(truth), plain(said), float(expected)]
        print(json.dumps(case, separators=(",", ":")))
