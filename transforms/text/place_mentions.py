"""Find the places that texts mention, in any case of their names."""

from collections.abc import Callable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.text.folding import fold
from transforms.text.gazetteer import gazetteer_forms, gazetteer_places

CERTAIN, IN_CONTEXT = 0.9, 0.7
# A word, hashtag or name of a user, or a mark; with and without the sign of a hashtag.
_WORD_OR_MARK = r"(#?(@?[\p{L}\p{N}_]+|[.!?:;,\u2026]))"
_WITH_SIGN, _WITHOUT_SIGN = 1, 2
# After these a sentence begins: so it does after the name of a user.
_BEGINNING = r"\A([.!?:;\u2026]|@.*)\z"
_CAPITALISED = r"\A\p{Lu}\P{Lu}"
# Within a hashtag, a word begins at a capital after a small letter, between a letter and a digit, and after an
# underscore.
_PART_OF_HASHTAG = r"(?<=#[\p{L}\p{N}_]{0,60}"
_IN_HASHTAG = (
    rf"{_PART_OF_HASHTAG}\p{{Ll}})(?=\p{{Lu}})|{_PART_OF_HASHTAG}\p{{L}})(?=\p{{N}})|"
    rf"{_PART_OF_HASHTAG}\p{{N}})(?=\p{{L}})|{_PART_OF_HASHTAG})_"
)
_KINDS = ("small", "oblique", "word", "abroad", "name", "rare")
_PREPOSITIONS = (
    "u",
    "na",
    "iz",
    "do",
    "kod",
    "kraj",
    "blizu",
    "od",
    "za",
    "prema",
    "oko",
    "po",
    "in",
    "from",
    "near",
)

# A place after one of these is a part of the name of a station or a club.
_ORGANISATIONS = ("radio", "nk", "hnk", "gnk", "mnk", "kk", "rk", "vk", "ok", "hk", "bk", "fc", "fk")


def place_mentions(texts: DataFrame) -> DataFrame:
    """The mentions of places in `texts` (id, text): id, `start`, `form`, `place_id`, `confidence`.

    *Grain:* one row per mention; `start` counts words and marks. A form counts unless a longer one overlaps it, or an
    equally long one that starts earlier. Forms need evidence by their kind, or another place of the same parent in the
    text: a small place a capital, a preposition of place before it or a hashtag; an oblique case that is a word the
    same; a name that is a word the same, but the capital inside a sentence; a word that is a place abroad a capital,
    inside a sentence or with a preposition; a person's name a preposition or a hashtag; a word or name that is a small
    place a capital and a preposition.
    """
    found = F.collect_list(F.struct("start", "words", "form", "place_id", "parent", "is_ambiguous", "has_evidence"))
    by_text = _matches(texts).groupBy("id").agg(found.alias("found"))
    kept = by_text.select("id", F.filter("found", lambda match: ~F.exists("found", _covers(match))).alias("kept"))
    mentions = kept.select("id", F.inline(F.filter("kept", lambda match: _is_meant(match))))
    confidence = F.when(F.col("is_ambiguous"), F.lit(IN_CONTEXT)).otherwise(F.lit(CERTAIN))
    return mentions.select("id", "start", "form", "place_id", confidence.alias("confidence"))


def _matches(texts: DataFrame) -> DataFrame:
    """Every form in the texts: the `parent` of its place, and whether it `is_ambiguous` and `has_evidence`."""
    forms, parents = gazetteer_forms(texts), gazetteer_places(texts).select("place_id", "parent")
    words = _tokenized(texts).select("id", "tokens", "folded", F.posexplode("folded").alias("start", "first"))
    # forms: one row per form, of 2 MB
    candidates = words.join(F.broadcast(forms), on="first")
    phrase = F.array_join(F.slice("folded", F.col("start") + 1, F.col("words")), " ")
    token, before = F.get("tokens", F.col("start")), F.get("folded", F.col("start") - 1)
    is_form = (F.col("words") == 1) | (phrase == F.col("form"))
    is_place = is_form & ~F.coalesce(before.isin(*_ORGANISATIONS), F.lit(False))
    is_spelled = F.lower(F.replace(token, F.lit("#"))) == F.col("spelling")
    evidence = F.when(is_spelled, F.col("evidence_as_spelled")).otherwise(F.col("evidence"))
    is_written = evidence.isin("", *_KINDS) | (token == evidence)
    has_capital, is_hashtag = token.rlike(_CAPITALISED), F.startswith(token, F.lit("#"))
    is_inside = has_capital & F.coalesce(~before.rlike(_BEGINNING), F.lit(False))
    follows_preposition = F.coalesce(before.isin(*_PREPOSITIONS), F.lit(False))
    looks_like_a_name = token.rlike(r"\A\p{Lu}") | is_hashtag | follows_preposition
    shown = {
        "small": looks_like_a_name,
        "oblique": looks_like_a_name,
        "word": is_inside | is_hashtag | follows_preposition,
        "abroad": has_capital & (is_inside | follows_preposition),
        "name": is_hashtag | follows_preposition,
        "rare": has_capital & follows_preposition,
    }
    has_evidence = F.coalesce(*(F.when(evidence == kind, is_shown) for kind, is_shown in shown.items()), F.lit(True))
    return (
        candidates.filter(is_place & is_written)
        .join(F.broadcast(parents), on="place_id")  # parents: one row per place
        .select(
            *("id", "start", "words", "form", "place_id", "parent"),
            evidence.isin("oblique", "word", "abroad", "name", "rare").alias("is_ambiguous"),
            has_evidence.alias("has_evidence"),
        )
    )


def _tokenized(texts: DataFrame) -> DataFrame:
    """The `tokens` of each text, and `folded`, the same without the sign of a hashtag."""
    split = F.regexp_replace("text", _IN_HASHTAG, " #")
    written = texts.select(
        "id", F.when(F.contains("text", F.lit("#")), split).otherwise(F.col("text")).alias("written")
    )
    # Folding keeps the number of tokens, and folding once is faster than folding each token.
    return written.select(
        "id",
        F.regexp_extract_all("written", F.lit(_WORD_OR_MARK), F.lit(_WITH_SIGN)).alias("tokens"),
        F.regexp_extract_all(fold(F.col("written")), F.lit(_WORD_OR_MARK), F.lit(_WITHOUT_SIGN)).alias("folded"),
    )


def _covers(match: Column) -> Callable[[Column], Column]:
    """Whether another match overlaps this one and is longer, or as long and earlier."""

    def covers(other: Column) -> Column:
        overlap = (other["start"] < match["start"] + match["words"]) & (
            match["start"] < other["start"] + other["words"]
        )
        is_earlier = (other["words"] == match["words"]) & (other["start"] < match["start"])
        return overlap & ((other["words"] > match["words"]) | is_earlier)

    return covers


def _is_meant(match: Column) -> Column:
    """Whether the form needs no evidence, or has it, or another place of its parent is in the text."""

    def is_company(other: Column) -> Column:
        is_near = (other["parent"] == match["parent"]) & (other["place_id"] != match["place_id"])
        return other["has_evidence"] & is_near

    return match["has_evidence"] | F.coalesce(F.exists("kept", is_company), F.lit(False))
