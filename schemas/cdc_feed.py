"""What a change feed delivers: control columns and operation names."""

from schemas.table import Column

# Control columns of a change file, as text.
RAW_OP = Column("op", "string", "Operation of the change, as the feed names it; NULL in a full load.")
COMMIT_TS = Column("commit_ts", "string", "When the source committed the change; UTC unless it has a zone.")
CHANGE_SEQ = Column(
    "change_seq", "string", "Sequence of the change within the feed, such as AR_H_CHANGE_SEQ of DMS; compared as text."
)
# The type of a column without a declared type: the type in the first files, string where they have none.
INFERRED_TYPE = "void"
# Of a row before an update, which is no change by itself.
BEFORE_IMAGE = "B"
# Operation names of the known feeds -> L full load, I insert, U update, D delete, T truncate, B row before an update.
OPS = {
    "": "L",
    "l": "L",
    "load": "L",
    "r": "L",
    "i": "I",
    "insert": "I",
    "c": "I",
    "u": "U",
    "update": "U",
    "d": "D",
    "delete": "D",
    "t": "T",
    "truncate": "T",
    "update_postimage": "U",
    "update_preimage": BEFORE_IMAGE,
    "b": BEFORE_IMAGE,
}
