"""Take posts from pages of replies, and clean their texts."""

from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from transforms.names import composed
from transforms.values import PLAIN_TEXT, WHITE_SPACE

# The ampersand comes last, so that `&amp;lt;` becomes `&lt;`, as the author wrote it.
_HTML = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&"))
# A URL may be cut: `https:/…`.
_URL = r"(?i)\bhttps?(:\S*|(?=\u2026)\S*)"
# A hashtag has a letter; in an address, or after `&` of an HTML escape, # begins none.
HASHTAG = r"(?<![\p{L}\p{N}_#&])#([\p{N}_]*\p{L}[\p{L}\p{N}_]*)"
_SPACES = rf"[{WHITE_SPACE}]+"


def one_per_post(lines: DataFrame, data: Column) -> DataFrame:
    """The lines with `of_page`: a page, whose `data` is a list, becomes its posts, each with itself as raw line.

    *Nulls:* NULL for a line that is no page.
    """
    is_page = F.startswith(data, F.lit("[")) & ~F.col("malformed")
    page = F.filter(F.when(is_page, F.from_json(data, "array<string>")), lambda post: post.isNotNull())
    posts = lines.withColumn("of_page", F.explode_outer(F.when(F.size(page) > 0, page)))
    return posts.withColumn("raw_line", F.coalesce("of_page", "raw_line"))


def plain_text(text: Column) -> Column:
    """The text in NFC without HTML escapes and URLs, its white space collapsed. *Nulls:* NULL if nothing is left."""
    unescaped = F.when(
        F.contains(text, F.lit("&")),
        reduce(lambda found, pair: F.replace(found, F.lit(pair[0]), F.lit(pair[1])), _HTML, text),
    ).otherwise(text)
    without_urls = F.regexp_replace(unescaped, _URL, " ")
    unicode_text = F.when(without_urls.rlike(PLAIN_TEXT), without_urls).otherwise(composed(without_urls))
    collapsed = F.trim(F.regexp_replace(unicode_text, _SPACES, " "))
    return F.when(collapsed != "", collapsed)
