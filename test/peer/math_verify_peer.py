"""Judges lines {id, gold, pred, note?} from standard input with Math-Verify, one JSON line out for each.

Settings: `tuned` uses the options of each line's note, boxed answers first, and bare answers in dollar signs;
`deployed` the default configuration with bare answers boxed, as training frameworks call it.
"""

import json
import re
import sys
import time

from math_verify import (
    ExprExtractionConfig,
    LatexExtractionConfig,
    StringExtractionConfig,
    parse,
    verify,
)

SETTING = sys.argv[1] if len(sys.argv) > 1 else "tuned"
DELIMITED = re.compile(r"\$|\\\(|\\\[|\\boxed")


def options_of(note):
    if not note or not note.startswith("opts="):
        return {}
    return json.JSONDecoder().raw_decode(note[len("opts=") :])[0]


def configs_of(options):
    if options.get("targets") == "string":
        strings = options.get("strings")
        return [StringExtractionConfig(strings=tuple(strings))] if strings else [StringExtractionConfig()]
    latex = LatexExtractionConfig(boxed_match_priority=0)
    if options.get("targets") == "latex":
        return [latex]
    if options.get("targets") == "expr":
        return [ExprExtractionConfig()]
    return [latex, ExprExtractionConfig()]


def judge(gold, pred, options):
    if SETTING == "deployed":
        if options.get("answerOnly"):
            pred = f"\\boxed{{{pred}}}"
        if not DELIMITED.search(gold):
            gold = f"\\boxed{{{gold}}}"
        return verify(parse(gold), parse(pred))
    configs = configs_of(options)
    if options.get("targets") not in ("string", "expr"):
        if not DELIMITED.search(gold):
            gold = f"${gold}$"
        if options.get("answerOnly") and not DELIMITED.search(pred):
            pred = f"${pred}$"
    return verify(
        parse(gold, configs),
        parse(pred, configs),
        float_rounding=options.get("precision", 6),
        strict=options.get("strict", True),
        allow_set_relation_comp=options.get("allowSetRelation", False),
    )


for line in sys.stdin:
    row = json.loads(line)
    start = time.process_time()
    try:
        correct = bool(judge(str(row["gold"]), str(row["pred"]), options_of(row.get("note"))))
    except Exception:  # A line the peer cannot take is one it does not accept.
        correct = False
    milliseconds = (time.process_time() - start) * 1000
    print(json.dumps({"id": row["id"], "correct": correct, "timeMs": milliseconds}), flush=True)
