"""Apply the changes of any database table without code: current rows and, optionally, SCD2 history."""

from jobs.runtime.cdc.source_from_options import TABLE_OPTIONS, fill_template
from jobs.runtime.job import JobTemplate
from jobs.runtime.run import run

JOB = JobTemplate("cdc.apply", fill_template, TABLE_OPTIONS, board="cdc")

if __name__ == "__main__":
    run(JOB)
