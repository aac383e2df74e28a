"""Erased persons, so that later deliveries do not restore them."""

from schemas.table import Column, Table

FORGOTTEN = Table(
    name="ops.forgotten",
    grain="one row per domain and erased person",
    columns=(
        Column("domain", "string", "Domain from which the person was erased.", required=True),
        Column(
            "hash",
            "string",
            "SHA-256 of the salt followed by the person's id, in hexadecimal. Anyone with hash and salt can test "
            "every id.",
            required=True,
        ),
        Column("salt", "string", "Random text, the same for all persons of a domain.", required=True),
        Column("forgotten_at", "timestamp", "When this row was written, UTC wall clock.", required=True),
        Column("run_id", "string", "Run that erased the person; see ops.runs.", required=True),
    ),
)
