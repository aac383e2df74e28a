"""Raw posts of Facebook pages, typed and validated."""

from datetime import UTC, datetime

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from schemas.social.clean_posts import CLEAN_POSTS
from transforms.cleaning import validate_rows, with_broken_values
from transforms.raw_rows import without_lone_surrogates
from transforms.text.posts import HASHTAG, one_per_post, plain_text
from transforms.values import CLOCK_TOLERANCE, TIME_PATTERN

OLDEST = datetime(2000, 1, 1, tzinfo=UTC)
_POST = (
    "id string, created_time string, message string, story string, type string, permalink_url string,"
    " `from` struct<id: string, name: string>, likes string, reactions string, comments string, shares string"
)
_COUNTED = "count string, total_count string, summary struct<total_count: string>, data array<struct<id: string>>"
_ID, _SECONDS, _NUMBER = r"\A\d{1,20}(_\d{1,20})?\z", r"\A\d{9,10}\z", r"\A\d{1,18}\z"
# Keys of a reply without a post of its own.
_CONTROL_KEYS = ("error", "error_message", "data", "paging")


def clean_posts(raw_posts: DataFrame, *, clock: datetime) -> DataFrame:
    """Every raw post with its typed values, its `problems` and `remarks`.

    *Grain:* one row per row of the input, good or not; of a page of posts, one row per post. Times are ISO 8601 with an
    offset, or seconds since 1970. *Nulls:* everything but id and time may be missing.
    """
    line = without_lone_surrogates(F.col("raw_line"))
    posts = one_per_post(raw_posts, F.get_json_object(line, "$.data")).withColumn("post", F.from_json(line, _POST))
    typed = with_broken_values(posts.withColumns(_values()), CLEAN_POSTS)
    is_reply = F.arrays_overlap(F.json_object_keys("raw_line"), F.array(*map(F.lit, _CONTROL_KEYS)))
    is_control = F.col("post.id").isNull() & F.coalesce(is_reply, F.lit(False))
    checks = {
        "control": is_control,
        "bad_post_id": F.col("post_id").isNull() & ~is_control,
        "unparsable_time": F.col("created_at").isNull() & ~is_control,
        "too_old": F.col("created_at") < F.lit(OLDEST),
        "future": F.col("created_at") > F.lit(clock + CLOCK_TOLERANCE),
    }
    return validate_rows(typed, CLEAN_POSTS, checks)


def _values() -> dict[str, Column]:
    """The values of a post by column."""
    text, time = F.col("post.message"), F.col("post.created_time")
    instant = F.when(time.rlike(TIME_PATTERN), F.expr("try_cast(post.created_time AS timestamp)")).when(
        time.rlike(_SECONDS), F.timestamp_seconds(F.expr("try_cast(post.created_time AS bigint)"))
    )
    return {
        "post_id": F.when(F.col("post.id").rlike(_ID), F.col("post.id")),
        "author_id": F.col("post.from.id"),
        "author_name": F.col("post.from.name"),
        "created_at": instant,
        "text": plain_text(text),
        "original_text": text,
        "story": F.col("post.story"),
        "type": F.col("post.type"),
        "link": F.col("post.permalink_url"),
        "hashtags": F.coalesce(F.regexp_extract_all(text, F.lit(HASHTAG), F.lit(1)), F.array().cast("array<string>")),
        "likes": F.coalesce(_count("post.reactions"), _count("post.likes")),
        "comments": _count("post.comments"),
        "shares": _count("post.shares"),
    }


def _count(name: str) -> Column:
    """A number, whether it was delivered as such, as a count, a summary, or only as the list of what it counts."""
    text = F.col(name)
    counted = F.from_json(text, _COUNTED)
    listed = F.from_json(text, "array<struct<id: string>>")
    number = F.coalesce(
        F.when(text.rlike(_NUMBER), text),
        counted["summary"]["total_count"],
        counted["total_count"],
        counted["count"],
        F.size(counted["data"]).cast("string"),
        F.when(F.startswith(text, F.lit("[")), F.size(listed).cast("string")),
    )
    return F.when(number.rlike(_NUMBER), number.cast("long"))
