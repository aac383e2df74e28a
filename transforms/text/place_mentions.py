"""Find the places that texts mention, in any case of their names."""

from collections.abc import Callable
from functools import reduce
from operator import or_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.text.folding import fold, lower
from transforms.text.gazetteer import first_names, gazetteer_forms, gazetteer_places

CERTAIN, IN_CONTEXT = 0.9, 0.7
# A word, hashtag or name of a user, or a mark, with and without the sign of a hashtag. The words of a hashtag after the
# first have two signs. A hyphen between words is no mark.
_WORD_OR_MARK = r"(#{0,2}(@?[\p{L}\p{N}_]+|[.!?:;,\u2026\p{So}]|\p{Pd}(?=\s)))"
_WITH_SIGN, _WITHOUT_SIGN = 1, 2
# After these a sentence begins: so it does after the name of a user, an emoji or a dash.
_BEGINNING = r"\A([.!?:;\u2026\p{So}\p{Pd}]|@.*)\z"
_CAPITALISED, _STARTS_WITH_CAPITAL = r"\A#*\p{Lu}\P{Lu}", r"\A(\p{Lu}|#+\p{Lu}\P{Lu})"
_WHOLE_HASHTAG, _WITHIN_HASHTAG = r"\A#[^#]", r"\A##\p{L}"
# Within a hashtag, a word begins at a capital after a small letter, between a letter and a digit, and after an
# underscore.
_PART_OF_HASHTAG = r"(?<=#[\p{L}\p{N}_]{0,60}"
_IN_HASHTAG = (
    rf"{_PART_OF_HASHTAG}\p{{Ll}})(?=\p{{Lu}})|{_PART_OF_HASHTAG}\p{{L}})(?=\p{{N}})|"
    rf"{_PART_OF_HASHTAG}\p{{N}})(?=\p{{L}})|{_PART_OF_HASHTAG})_"
)
_KINDS = ("small", "oblique", "word", "abroad", "name", "rare")
# The prepositions of place, by the cases after them.
_PREPOSITIONS = {
    "[da]": ("u", "na"),
    "g": ("iz", "do", "kod", "kraj", "blizu", "od", "oko"),
    "[ai]": ("za",),
    "d": ("prema", "po"),
    "n": ("in", "from", "near"),
}
# Those that seldom come before a person.
_OF_PLACE = ("u", "na", "iz", "kraj", "blizu", "in", "from", "near")
# What _matches says of a form in a text. `has_capital`: company is evidence that it is meant.
_OF_MATCH = (
    *("words", "form", "place_id", "parent", "country", "is_ambiguous"),
    *("has_evidence", "has_capital", "is_nominative", "is_before_comma"),
)

# A place after one of these is a part of the name of a station or a club.
_ORGANISATIONS = ("radio", "nk", "hnk", "gnk", "mnk", "kk", "rk", "vk", "ok", "hk", "bk", "fc", "fk")


def place_mentions(texts: DataFrame) -> DataFrame:
    """The mentions of places in `texts` (id, text): id, `start`, `form`, `place_id`, `confidence`.

    *Grain:* one row per mention; `start` counts words and marks. A form counts unless a longer one overlaps it, or an
    equally long one that starts earlier. Diacritics in the text must be those of the form. Forms need evidence by their
    kind: a small place a capital, a preposition of place that takes its case, or that the whole hashtag is its
    nominative; an oblique case that is a word the same; a name that is a word the same, but the capital inside a
    sentence, not after another capital; a word that is a place abroad a capital, inside a sentence or with a
    preposition; a person's name a preposition that seldom comes before a person, or the whole hashtag; a word or name
    that is a small place a capital and such a preposition. A capital also counts if another place of the same parent is
    in the text, or the country follows.
    """
    found = F.collect_list(F.struct("start", *_OF_MATCH))
    by_text = _matches(texts).groupBy("id").agg(found.alias("found"))
    kept = by_text.select("id", F.filter("found", lambda match: ~F.exists("found", _covers(match))).alias("kept"))
    mentions = kept.select("id", F.inline(F.filter("kept", lambda match: _is_meant(match))))
    confidence = F.when(F.col("is_ambiguous"), F.lit(IN_CONTEXT)).otherwise(F.lit(CERTAIN))
    return mentions.select("id", "start", "form", "place_id", confidence.alias("confidence"))


def _matches(texts: DataFrame) -> DataFrame:
    """Every form in the texts, with _OF_MATCH."""
    forms, parents = gazetteer_forms(texts), gazetteer_places(texts).select("place_id", "parent", "country")
    words = _tokenized(texts).select("id", "tokens", "folded", F.posexplode("folded").alias("start", "first"))
    # forms: one row per form, of 2 MB
    candidates = words.join(F.broadcast(forms), on="first")
    written = F.array_join(F.slice("tokens", F.col("start") + 1, F.col("words")), " ")
    written = F.when(F.col("words") == 1, F.get("tokens", F.col("start"))).otherwise(written)
    spelled = candidates.withColumn("written", lower(F.replace(written, F.lit("#"))))
    is_spelled = F.col("written") == F.col("spelling")
    matches = spelled.filter(is_spelled | (F.col("written") == F.col("form"))).withColumn(
        "needed", F.when(is_spelled, F.col("evidence_as_spelled")).otherwise(F.col("evidence"))
    )
    is_written = F.col("needed").isin("", *_KINDS) | (F.get("tokens", F.col("start")) == F.col("needed"))
    # parents: one row per place
    return (
        matches.filter(is_written & ~_is_in_a_name())
        .join(F.broadcast(parents), on="place_id")
        .withColumns({**_evidence(), "is_ambiguous": F.col("needed").isin(*_KINDS) & (F.col("needed") != "small")})
        .select("id", "start", *_OF_MATCH)
    )


def _is_in_a_name() -> Column:
    """Whether the form is a part of the name of an organisation or of a person."""
    before = F.get("folded", F.col("start") - 1)
    are_capitalised = _token(-1).rlike(_CAPITALISED) & _token(0).rlike(_CAPITALISED)
    is_person = are_capitalised & F.array_contains(first_names(), before)
    return F.coalesce(before.isin(*_ORGANISATIONS) | is_person, F.lit(False))


def _evidence() -> dict[str, Column]:
    """Whether a match `has_evidence` by its kind, and what company asks for: see _OF_MATCH."""
    has_capital, is_nominative = _token(0).rlike(_CAPITALISED), F.contains("cases", F.lit("n"))
    is_hashtag = _token(0).rlike(_WHOLE_HASHTAG) & ~_token_after().rlike(_WITHIN_HASHTAG) & is_nominative
    follows_capital = _token(-1).rlike(_CAPITALISED) & ~_begins(-1)
    is_inside = has_capital & ~F.startswith(_token(0), F.lit("#")) & ~_begins(0) & ~follows_capital
    before = F.coalesce(F.get("folded", F.col("start") - 1), F.lit(""))
    governed = (before.isin(*words) & F.col("cases").rlike(cases) for cases, words in _PREPOSITIONS.items())
    follows_preposition = reduce(or_, governed)
    is_of_place = follows_preposition & before.isin(*_OF_PLACE)
    is_like_a_name = _token(0).rlike(_STARTS_WITH_CAPITAL) | is_hashtag | follows_preposition
    is_last_capital = ~_token_after().rlike(r"\A\p{Lu}")
    shown = {
        "small": is_like_a_name,
        "oblique": is_like_a_name,
        "word": is_inside | is_hashtag | follows_preposition,
        "abroad": has_capital & (is_inside & is_last_capital | follows_preposition),
        "name": is_hashtag | is_of_place,
        "rare": has_capital & is_of_place,
    }
    by_kind = (F.when(F.col("needed") == kind, is_shown) for kind, is_shown in shown.items())
    return {
        "has_evidence": F.coalesce(*by_kind, F.lit(True)),
        "has_capital": F.when(F.col("needed") == "rare", is_inside | is_hashtag).otherwise(has_capital),
        "is_nominative": is_nominative,
        "is_before_comma": _token_after() == ",",
    }


def _token(offset: int) -> Column:
    """The token so far from the first of the form; empty beyond the text."""
    return F.coalesce(F.get("tokens", F.col("start") + offset), F.lit(""))


def _begins(offset: int) -> Column:
    """Whether a sentence begins at this token."""
    return (F.col("start") + offset <= 0) | _token(offset - 1).rlike(_BEGINNING)


def _token_after() -> Column:
    return F.coalesce(F.get("tokens", F.col("start") + F.col("words")), F.lit(""))


def _tokenized(texts: DataFrame) -> DataFrame:
    """The `tokens` of each text, and `folded`, the same without the signs of hashtags."""
    split = F.regexp_replace("text", _IN_HASHTAG, " ##")
    written = texts.select(
        "id", F.when(F.contains("text", F.lit("#")), split).otherwise(F.col("text")).alias("written")
    )
    # Folding keeps the length of the text, and so the tokens; folding once is faster than folding each token.
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
    """Whether the form needs no evidence, or has it, or has a capital and company: another place of its parent in the
    text, or its country right after it, as in Split, Croatia.
    """

    def is_company(other: Column) -> Column:
        is_near = (other["parent"] == match["parent"]) & (other["place_id"] != match["place_id"])
        distance = other["start"] - match["start"] - match["words"]
        follows = (distance == 0) | ((distance == 1) & match["is_before_comma"])
        is_country = other["place_id"] == F.concat(F.lit("cldr:"), match["country"])
        is_address = follows & is_country & match["is_nominative"] & other["is_nominative"]
        return other["has_evidence"] & (is_near | F.coalesce(is_address, F.lit(False)))

    has_company = match["has_capital"] & F.coalesce(F.exists("kept", is_company), F.lit(False))
    return match["has_evidence"] | has_company
