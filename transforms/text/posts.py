"""Clean the text of a post."""

from functools import reduce

from pyspark.sql import Column
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
