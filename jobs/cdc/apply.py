"""Follow any table of a database without a line of code: take in its changes, and keep it as it is, and as it was."""

from jobs.runtime.cdc.template import HOW_IT_CHANGES, fill_template
from jobs.runtime.job import JobTemplate
from jobs.runtime.run import run

JOB = JobTemplate("cdc.apply", fill_template, HOW_IT_CHANGES, board="cdc")

if __name__ == "__main__":
    run(JOB)
