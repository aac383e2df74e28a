"""What analysers found in each text: a cache, so that no text is paid for twice."""

from schemas.table import Column, Table

ENTITY = "struct<entity:string,type:string,score:double,begin:bigint,end:bigint>"
ANALYSIS_COLUMNS = (
    Column("lang", "string", "Language of the text by ISO 639-1, detected if it was not delivered. NULL if unknown."),
    Column(
        "sentiment",
        "string",
        "POSITIVE, NEGATIVE, NEUTRAL or MIXED; UNSCORED if the text could not be judged.",
        required=True,
    ),
    Column(
        "reason",
        "string",
        "Why it is UNSCORED. empty: there is no text; no_language: its language is unknown; language: the analyser does"
        " not know the language; no_known_word: the analyser knows none of the words; unsure: no sentiment is clearly"
        " the best; budget: the budget of the run was spent; unavailable: the service did not answer; error: the"
        " service refused the text. NULL otherwise.",
    ),
    Column("positive", "double", "Score of POSITIVE, 0 to 1. NULL if UNSCORED."),
    Column("negative", "double", "Score of NEGATIVE, 0 to 1. NULL if UNSCORED."),
    Column("neutral", "double", "Score of NEUTRAL, 0 to 1. NULL if UNSCORED."),
    Column("mixed", "double", "Score of MIXED, 0 to 1. NULL if UNSCORED, and if the analyser has none."),
    Column(
        "is_truncated",
        "boolean",
        "Whether only the beginning was judged: Comprehend reads 500 characters for the sentiment, and 5,000 bytes.",
        required=True,
    ),
    Column("analyser", "string", "Analyser and its version.", required=True),
    Column("analysed_at", "timestamp", "When the text was judged, UTC. NULL if UNSCORED."),
)

TEXT_ANALYSES = Table(
    name="social.text_analyses",
    grain="one row per text, delivered language and analyser",
    key=("text_hash", "delivered_lang", "analyser"),
    columns=(
        Column("text_hash", "string", "SHA-256 of the text, in hexadecimal.", required=True),
        Column("delivered_lang", "string", "Language as delivered; empty if none was.", required=True),
        *ANALYSIS_COLUMNS,
        Column("translation", "string", "English text that was judged in place of the text. NULL otherwise.", pii=True),
        Column(
            "entities",
            f"array<{ENTITY}>",
            "Names that the analyser found, with their type, score and characters [begin, end) of the judged text.",
            required=True,
            pii=True,
        ),
    ),
)
