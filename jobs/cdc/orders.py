"""Apply the changes of the orders of a shop's database: current rows and SCD2 history."""

from jobs.runtime.job import Job
from jobs.runtime.run import run
from schemas.cdc.orders import ORDER_CHANGES, ORDERS
from schemas.cdc.raw_orders import RAW_ORDERS
from schemas.cdc.rejected_orders import REJECTED_ORDERS
from transforms.cdc.orders import orders

JOB = Job(reads=[RAW_ORDERS], build=orders, writes=ORDERS, rejects=REJECTED_ORDERS, cdc_source=ORDER_CHANGES)

if __name__ == "__main__":
    run(JOB)
