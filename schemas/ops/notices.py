"""The notices that were sent, by which run, and their status."""

from schemas.table import Column, Table

NOTICES = Table(
    name="ops.notices",
    grain="one row per notice, recipient and change of state; the newest row is current",
    columns=(
        Column(
            "about",
            "string",
            "Subject of the notice, such as the end of a run. A recipient is notified once per subject.",
            required=True,
        ),
        Column(
            "recipient",
            "string",
            "SHA-256, in hexadecimal, of about, a line feed and the address in lower case.",
            required=True,
        ),
        Column("channel", "string", "print, mail or sns.", required=True),
        Column(
            "status",
            "string",
            "sending, then sent, failed or in_doubt (it may have arrived). Only failed notices are sent again.",
            required=True,
        ),
        Column("tries", "long", "Number of attempts; 0 if the channel had already failed.", required=True),
        Column("message", "string", "Reason why it was not sent, in one line."),
        Column("run_id", "string", "Run that sent it.", required=True),
        Column("recorded_at", "timestamp", "When this row was written, UTC wall clock.", required=True),
    ),
    partition="months(recorded_at)",
)
