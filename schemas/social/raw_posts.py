"""Posts of Facebook pages as delivered by the Graph API: JSON objects."""

from schemas.table import OTHER_COLUMNS, Table

RAW_POSTS = Table(
    name="social.raw_posts",
    grain="one row per delivered line",
    columns=(OTHER_COLUMNS,),
)
