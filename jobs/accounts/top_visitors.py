"""The visitors with the most visits, and their mail addresses."""

from jobs.runtime.job import ExportLayout, Job, Parameter
from jobs.runtime.parameters import AS_OF, TIME_ZONE, number_between
from jobs.runtime.run import run
from schemas.accounts.clean_visits import CLEAN_VISITS
from schemas.accounts.top_visitors import TOP_VISITORS
from transforms.accounts.top_visitors import top_visitors

JOB = Job(
    reads=[CLEAN_VISITS],
    build=top_visitors,
    writes=TOP_VISITORS,
    parameters=[Parameter("top", number_between(1, 1_000_000), 10, "number of visitors"), AS_OF, TIME_ZONE],
    exports=ExportLayout({"email": "email", "visits": "count"}),
)

if __name__ == "__main__":
    run(JOB)
