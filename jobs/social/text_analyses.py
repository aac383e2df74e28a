"""What analysers found in each text: a cache, so that no text is paid for twice."""

from jobs.runtime.analysis.analysers import ANALYSER, MAX_UNITS
from jobs.runtime.job import Cached, Job
from jobs.runtime.run import run
from schemas.social.text_analyses import TEXT_ANALYSES
from schemas.social.tweets import TWEETS
from transforms.social.text_analyses import UNFINISHED, text_analyses

JOB = Job(
    reads=[TWEETS],
    build=text_analyses,
    writes=TEXT_ANALYSES,
    parameters=[ANALYSER, MAX_UNITS],
    increment=Cached(budget="max_units", unfinished=UNFINISHED),
)

if __name__ == "__main__":
    run(JOB)
