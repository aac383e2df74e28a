"""Compare the places that are found in Croatian tweets with those that people marked: precision, recall and F1.

    WEIR_REAL_DATA=<folder> python -m benchmarks.places [--rounds 40]

Reads croatian/dev_ner.conllu: a token in the second column, its mark B-loc, I-loc or other in the tenth. A mention is
found if a place with the same words is found in the same sentence. Hashtags are left out, since none of them is marked.
Then reads the sentences `rounds` times in one go,
to measure tweets per second.
"""

import argparse
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.runtime.spark import session
from jobs.runtime.spark.small_frames import local_frame
from schemas.table import Column, Table
from transforms.text.folding import fold
from transforms.text.gazetteer import gazetteer_forms
from transforms.text.place_mentions import place_mentions

TEXTS = Table(
    "social.texts",
    "one row per sentence",
    (Column("id", "string", "."), Column("text", "string", ".")),
)


def sentences(path: Path) -> Iterator[list[tuple[str, str]]]:
    """The tokens of each sentence with their marks."""
    for block in path.read_text("utf-8").split("\n\n"):
        rows = [line.split("\t") for line in block.splitlines() if line and not line.startswith("#")]
        rows = [row for row in rows if not row[1].startswith("#")]
        if rows:
            yield [(row[1], row[9].lower()) for row in rows]


def marked(tokens: Iterable[tuple[str, str]]) -> list[str]:
    """The places that people marked, as they are written."""
    found: list[list[str]] = []
    for word, mark in tokens:
        if mark == "b-loc":
            found.append([word])
        elif mark == "i-loc":
            found[-1].append(word)
    return [" ".join(words) for words in found]


def compare(spark: SparkSession, path: Path) -> list[dict[str, str]]:
    """Print the figures and every error, and return the texts."""
    all_tokens = list(sentences(path))
    texts = [
        {"id": f"{number:05}", "text": " ".join(word for word, _ in tokens)} for number, tokens in enumerate(all_tokens)
    ]
    frame = local_frame(spark, TEXTS, texts)
    known = {row.form for row in gazetteer_forms(frame).select("form").collect()}
    found: dict[str, Counter[str]] = {text["id"]: Counter() for text in texts}
    for row in place_mentions(frame).collect():
        found[row.id][row.form] += 1
    pairs = [(text["id"], name) for text, tokens in zip(texts, all_tokens, strict=True) for name in marked(tokens)]
    names = local_frame(spark, TEXTS, [{"id": number, "text": name} for number, name in pairs])
    folded = [row[0] for row in names.select(fold(names.text)).collect()]
    wanted: dict[str, Counter[str]] = {text["id"]: Counter() for text in texts}
    for (number, _), name in zip(pairs, folded, strict=True):
        wanted[number][name] += 1
    hits = sum((wanted[number] & found[number]).total() for number in wanted)
    marks, results = len(pairs), sum(counter.total() for counter in found.values())
    precision, recall = hits / results, hits / marks
    f1 = 2 * precision * recall / (precision + recall)
    print(f"{len(texts)} sentences, {marks} marked places, {results} found, {hits} of them right")
    print(f"precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}")
    for text in texts:
        number = text["id"]
        for name in (wanted[number] - found[number]).elements():
            reason = "no evidence in the context" if name in known else "not in the gazetteer"
            print(f"  missed  {name:24} {reason:28} {text['text'][:90]}")
        for name in (found[number] - wanted[number]).elements():
            print(f"  wrong   {name:24} {'marked as no place':28} {text['text'][:90]}")
    return texts


def measure(spark: SparkSession, texts: list[dict[str, str]], rounds: int) -> None:
    many = [{**text, "id": f"{text['id']}/{number}"} for number in range(rounds) for text in texts]
    frame = local_frame(spark, TEXTS, many).repartition(2).cache()
    frame.count()
    for _ in range(3):
        began = time.monotonic()
        mentions = place_mentions(frame).count()
        seconds = time.monotonic() - began
        print(f"{len(many):,} texts, {mentions:,} mentions: {seconds:.1f} s, {len(many) / seconds:,.0f} texts/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        spark = session.start(session.catalog_settings(folder, None), is_short=False)
        texts = compare(spark, Path(os.environ["WEIR_REAL_DATA"]) / "croatian" / "dev_ner.conllu")
        if rounds:
            measure(spark, texts, rounds)
        spark.stop()


if __name__ == "__main__":
    main()
