"""Which notices were sent, by whom, and what became of them."""

from schemas.table import Column, Table

NOTICES = Table(
    name="ops.notices",
    grain="one row per notice, recipient and change of state; the newest counts",
    columns=(
        Column(
            "about",
            "string",
            "What it tells of, such as the end of a run: nobody is told twice of the same.",
            required=True,
        ),
        Column(
            "recipient",
            "string",
            "SHA-256, in hexadecimal, of about, a line feed and the address in small letters.",
            required=True,
        ),
        Column("channel", "string", "print, mail or sns.", required=True),
        Column(
            "status",
            "string",
            "sending, then sent, failed or in_doubt (it may have arrived). Only what failed is sent again.",
            required=True,
        ),
        Column("tries", "long", "How often it was tried; 0 where its channel had failed before.", required=True),
        Column("message", "string", "Why it was not sent, in one line."),
        Column("run_id", "string", "Run that sent it.", required=True),
        Column("recorded_at", "timestamp", "When this row was written, UTC wall clock.", required=True),
    ),
    partition="months(recorded_at)",
)
