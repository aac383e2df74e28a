"""Load the exported tables of the tweets into Amazon Redshift, each snapshot once."""

from jobs.runtime.job import Command, Kind, Parameter
from jobs.runtime.parameters import location
from jobs.runtime.run import run
from jobs.runtime.warehouse.load import load_tables
from jobs.runtime.warehouse.redshift_data import redshift
from jobs.runtime.warehouse.statements import loadable
from jobs.social import daily

SCHEMA = "social"
# Not those that are exported for others, in a layout of their own.
MARTS = [job for job in daily.JOB.jobs if job.kind is Kind.TABLES and not job.exports.columns]
TABLES = loadable([job.writes for job in MARTS])


def load_warehouse(
    export: str, database: str, workgroup: str | None, cluster: str | None, secret_arn: str | None, iam_role: str
) -> str:
    """Load every table that was exported, and return a line for each."""
    return load_tables(TABLES, export, SCHEMA, iam_role, redshift(database, workgroup, cluster, secret_arn))


JOB = Command(
    "social.load_warehouse",
    load_warehouse,
    (
        Parameter(
            "export",
            location,
            help="folder of social.daily --export … --export_format parquet, s3://",
            is_required=True,
        ),
        Parameter("database", str, help="database of the warehouse", is_required=True),
        Parameter("workgroup", str, None, "workgroup of Redshift Serverless"),
        Parameter("cluster", str, None, "provisioned cluster, in place of a workgroup"),
        Parameter(
            "secret_arn", str, None, "secret with the user of the database; default: the AWS identity of the run"
        ),
        Parameter("iam_role", str, help="role that COPY uses to read the files", is_required=True),
    ),
)

if __name__ == "__main__":
    run(JOB)
