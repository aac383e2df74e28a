"""The gazetteer: places, every folded form of their names, and first names of people.

`infra/gazetteer/build.py` made the files from GeoNames, CLDR and others; docs/social.md names their licences.
"""

from functools import cache
from importlib import resources

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def gazetteer_forms(like: DataFrame) -> DataFrame:
    """The forms (`first`, `form`, `words`, `evidence`, `place_id`, `spelling`, `evidence_as_spelled`, `cases`).

    *Grain:* one row per folded `form`.

    `first` is the first of the `words` of the form. `evidence` is what the context of the form must show: empty if
    nothing, a kind of place_mentions, else the only spelling that counts. `spelling` has
    diacritics, and `evidence_as_spelled` is needed in place of `evidence` if the text has them; empty if the form has
    none. `cases` are the first letters of nominative, genitive, dative and locative, accusative, instrumental. `like`
    only provides the session.
    """
    words = F.size(F.split("form", " "))
    rows = _rows(like, "forms.tsv")
    return rows.select(
        F.substring_index("form", " ", 1).alias("first"), "form", words.alias("words"), *rows.columns[1:]
    )


def gazetteer_places(like: DataFrame) -> DataFrame:
    """The places. *Grain:* one row per `place_id`. *Nulls:* parent, country and position may be missing."""
    rows = _rows(like, "places.tsv")
    texts = {name: F.when(F.col(name) != "", F.col(name)) for name in rows.columns}
    degrees = {name: texts[name].cast("double") for name in ("latitude", "longitude")}
    return rows.select(*({**texts, **degrees}[name].alias(name) for name in rows.columns))


def first_names() -> Column:
    """Folded first names that are no Croatian words, as an array."""
    return F.split(F.lit(_file("first_names.tsv")[1]), "\n")


def _rows(like: DataFrame, name: str) -> DataFrame:
    """The rows of a file with a header, all columns as text."""
    header, text = _file(name)
    lines = like.limit(0).agg(F.count("*")).select(F.explode(F.split(F.lit(text), "\n")).alias("line"))
    fields = F.split("line", "\t")
    return lines.select(*(fields[position].alias(column) for position, column in enumerate(header)))


@cache
def _file(name: str) -> tuple[list[str], str]:
    header, _, text = resources.files("transforms.text").joinpath(name).read_text("utf-8").partition("\n")
    return header.split("\t"), text.removesuffix("\n")
