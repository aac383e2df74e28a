"""Apply the changes of the customers of a shop's database: current rows and SCD2 history."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.cdc.customers import CUSTOMER_CHANGES, CUSTOMERS
from schemas.cdc.raw_customers import RAW_CUSTOMERS
from schemas.cdc.rejected_customers import REJECTED_CUSTOMERS
from transforms.cdc.customers import customers

JOB = Job(
    reads=[RAW_CUSTOMERS], build=customers, writes=CUSTOMERS, rejects=REJECTED_CUSTOMERS, cdc_source=CUSTOMER_CHANGES
)

if __name__ == "__main__":
    run(JOB)
