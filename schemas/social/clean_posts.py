"""Posts of Facebook pages that passed all checks, deduplicated."""

from schemas.table import RUN_ID, SOURCE_FILE, Column, Table

_POST = (
    Column("post_id", "string", "Post: <page>_<number>, or a number.", required=True),
    Column("author_id", "string", "Page or person that posted. NULL if not delivered."),
    Column("author_name", "string", "Name of the author.", pii=True),
    Column("created_at", "timestamp", "When the post was published, UTC.", required=True),
    Column(
        "text",
        "string",
        "The message in Unicode NFC, without HTML escapes, URLs and repeated white space. NULL without a message.",
        pii=True,
    ),
    Column("original_text", "string", "The message as delivered.", pii=True),
    Column("story", "string", "What Facebook says about a post without a message.", pii=True),
    Column("type", "string", "status, photo, video, link and others. NULL if not delivered."),
    Column("link", "string", "Address of the post."),
    Column("hashtags", "array<string>", "Hashtags of the message without #, in order."),
    Column("likes", "long", "Likes, or all reactions if they were delivered. NULL if neither was."),
    Column("comments", "long", "Comments. NULL if not delivered."),
    Column("shares", "long", "Shares. NULL if not delivered."),
)

CLEAN_POSTS = Table(
    name="social.clean_posts",
    grain="one row per delivered state of a post",
    key=tuple(column.name for column in _POST),
    columns=(*_POST, SOURCE_FILE, RUN_ID),
    partition="months(created_at)",
    time="created_at",
    person="author_id",
)
