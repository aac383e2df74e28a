"""Follow the customers of a shop's database: take in their changes, and keep them as they are and as they were."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.cdc.customers import CUSTOMER_CHANGES, CUSTOMERS
from schemas.cdc.raw_customers import RAW_CUSTOMERS
from schemas.cdc.rejected_customers import REJECTED_CUSTOMERS
from transforms.cdc.customers import customers

JOB = Job(
    reads=[RAW_CUSTOMERS], build=customers, writes=CUSTOMERS, rejects=REJECTED_CUSTOMERS, changing=CUSTOMER_CHANGES
)

if __name__ == "__main__":
    run(JOB)
