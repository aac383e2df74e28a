"""Who was forgotten, so that later deliveries do not bring them back."""

from schemas.table import Column, Table

FORGOTTEN = Table(
    name="ops.forgotten",
    grain="one row per domain and forgotten person",
    columns=(
        Column("domain", "string", "Domain that forgot the person.", required=True),
        Column(
            "hash",
            "string",
            "SHA-256 of the salt and the person's id behind it, in hexadecimal. Whoever has both can try out all ids.",
            required=True,
        ),
        Column("salt", "string", "Random text; the same for all of a domain.", required=True),
        Column("forgotten_at", "timestamp", "When this row was written, UTC wall clock.", required=True),
        Column("run_id", "string", "Run that forgot the person; see ops.runs.", required=True),
    ),
)
