"""Follow any table of a database without a line of code: take in its changes, and keep it as it is, and as it was."""

from jobs.runtime.cdc.template import HOW_IT_CHANGES, asked
from jobs.runtime.job import Form
from jobs.runtime.run import run

JOB = Form("cdc.apply", asked, HOW_IT_CHANGES, board="cdc")

if __name__ == "__main__":
    run(JOB)
