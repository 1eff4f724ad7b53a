"""Makes data/*.csv.gz, the tables that starter competitions are cut from.

    python -m venv venv && venv/bin/pip install scikit-learn==1.5.2 pandas==2.2.2 rdata==1.1.0
    pip download --no-deps statsmodels==0.14.4 palmerpenguins==0.1.6      # unpacked into SOURCES/whl
    apt-get download r-cran-dplyr r-cran-modeldata r-cran-janeaustenr     # unpacked (dpkg -x) into SOURCES/deb
    venv/bin/python scripts/export-tables.py SOURCES data

The same sources give the same bytes.
"""

import gzip
import io
import lzma
import struct
import sys
import warnings
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import rdata
from sklearn import datasets

SOURCES, TARGET = Path(sys.argv[1]), Path(sys.argv[2])
warnings.simplefilter("ignore")


def write(name, frame):
    text = frame.to_csv(index=False, lineterminator="\n")
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as file:
        file.write(text.encode())
    (TARGET / f"{name}.csv.gz").write_bytes(buffer.getvalue())
    print(f"{name}: {frame.shape[0]} rows, {frame.shape[1]} columns, {len(buffer.getvalue())} bytes")


def r_objects(package, names):
    """Objects of an R package's lazy-load database: a compressed index, and compressed serialised objects."""
    base = SOURCES / "deb/usr/lib/R/site-library" / package / "data/Rdata"
    index = convert(gzip.decompress(base.with_suffix(".rdx").read_bytes()))["variables"]
    bytes_ = base.with_suffix(".rdb").read_bytes()
    for name in names:
        offset, length = (int(value) for value in index[name])
        yield convert(inflate(bytes_[offset : offset + length]))


def inflate(chunk):
    (size,) = struct.unpack(">I", chunk[:4])
    if chunk[4:5] == b"Z":
        data = lzma.decompress(
            chunk[5:], format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6}]
        )
    else:
        data = zlib.decompress(chunk[4:])
    assert len(data) == size
    return data


def convert(data):
    return rdata.conversion.convert(rdata.parser.parse_data(data))


def bundled():
    iris = datasets.load_iris(as_frame=True)
    frame = iris.data.copy()
    frame.columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    frame["species"] = [iris.target_names[code] for code in iris.target]
    write("iris", frame)

    wine = datasets.load_wine(as_frame=True)
    frame = wine.data.copy()
    frame.columns = [name.replace("/", "_") for name in frame.columns]
    frame["cultivar"] = [f"cultivar_{code + 1}" for code in wine.target]
    write("wine", frame)

    tumour = datasets.load_breast_cancer(as_frame=True)
    frame = tumour.data.copy()
    frame.columns = [name.replace(" ", "_") for name in frame.columns]
    frame["malignant"] = 1 - tumour.target
    write("tumour", frame)

    digits = datasets.load_digits(as_frame=True)
    frame = digits.data.astype(int)
    frame.columns = [f"p{row}{column}" for row in range(8) for column in range(8)]
    frame["digit"] = digits.target
    write("digits", frame)


def packaged():
    penguins = pd.read_csv(SOURCES / "whl/palmerpenguins/data/penguins.csv")
    write("penguins", penguins)
    statsmodels = SOURCES / "whl/statsmodels/datasets"
    co2 = pd.read_csv(statsmodels / "co2/co2.csv")
    co2["date"] = pd.to_datetime(co2["date"], format="%Y%m%d").dt.strftime("%Y-%m-%d")
    write("co2", co2.dropna())
    sea = pd.read_csv(statsmodels / "elnino/elnino.csv")
    rows = [
        {"month": f"{int(row.YEAR)}-{place + 1:02d}", "temperature": row.iloc[place + 1]}
        for _, row in sea.iterrows()
        for place in range(12)
    ]
    write("sea", pd.DataFrame(rows).dropna())
    visits = pd.read_csv(statsmodels / "randhie/randhie.csv")
    write("visits", visits.sample(6000, random_state=0).sort_index().round(4))


def from_r():
    (storms,) = r_objects("dplyr", ["storms"])
    storms = storms[storms.year >= 1995]
    storm = storms.name.astype(str) + "-" + storms.year.astype(int).astype(str)
    frame = pd.DataFrame(
        {
            "storm": storm,
            **{name: storms[name].astype(int) for name in ["month", "day", "hour"]},
            **{name: storms[name].round(1) for name in ["lat", "long"]},
            "status": storms.status.astype(str),
            "category": storms.category.astype(str).astype(int),
            "wind": storms.wind.astype(int),
            "pressure": storms.pressure.astype(int),
        }
    )
    keep = np.sort(np.random.RandomState(0).permutation(frame.storm.unique())[:160])
    write("storms", frame[frame.storm.isin(keep)].reset_index(drop=True))

    (tate,) = r_objects("modeldata", ["tate_text"])
    frame = pd.DataFrame(
        {
            "artist": tate.artist.astype(str),
            "title": tate.title.astype(str).str.slice(0, 120),
            "medium": tate.medium.astype(str),
            "year": tate.year.astype(int),
        }
    )
    write("artworks", frame)

    titles = {
        "emma": "Emma",
        "mansfieldpark": "Mansfield Park",
        "northangerabbey": "Northanger Abbey",
        "persuasion": "Persuasion",
        "prideprejudice": "Pride and Prejudice",
        "sensesensibility": "Sense and Sensibility",
    }
    rows = []
    for name, lines in zip(titles, r_objects("janeaustenr", titles)):
        lines = [line.strip() for line in lines if len(str(line).strip()) > 40]
        starts = np.random.RandomState(1).permutation(len(lines) // 4 - 1)[:250]
        for start in np.sort(starts):
            rows.append({"novel": name, "passage": " ".join(lines[4 * start + 4 : 4 * start + 8])})
    write("novels", pd.DataFrame(rows))


bundled()
packaged()
from_r()
