# Writes the Parquet files beside this script: python make-parquet.py (needs pyarrow).
import pathlib

import pyarrow
import pyarrow.parquet

folder = pathlib.Path(__file__).parent
table = pyarrow.table(
    {
        "id": pyarrow.array([1, 2, 3], pyarrow.int64()),
        "question": ["What is 1 + 1?", "Find both roots of x^2 = 4.", "What is 6 / 4?"],
        "final_answer": [["2"], ["$2$,$-2$"], ["1.5"]],
        "is_multiple_answer": [False, True, False],
        "unit": [None, None, "km"],
    }
)
for codec in ["snappy", "zstd"]:
    pyarrow.parquet.write_table(table, folder / f"olympiad-{codec}.parquet", compression=codec)
amc = pyarrow.table({"problem": ["How many?"], "answer": [142.0], "url": ["x/2022_AMC_12A"]})
pyarrow.parquet.write_table(amc, folder / "amc.parquet")
