"""Adding a domain only adds files: it is listed, run, reported, erased from and rolled back without other changes."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests import ROOT

# The files of a table of delivered rows, copied from accounts.clean_visits under other names.
FILES = (
    "schemas/accounts/raw_visits.py",
    "schemas/accounts/clean_visits.py",
    "schemas/accounts/rejected_visits.py",
    "schemas/accounts/vocabulary.py",
    "transforms/accounts/clean_visits.py",
    "expectations/accounts/clean_visits.json",
    "jobs/accounts/clean_visits.py",
)
TILE = """-- Parcels
-- Parcels by UTC day.
-- empty: No parcels yet.
-- day: UTC day.
-- parcels: Parcels of the day.
SELECT CAST(visited_at AS DATE) AS day, count(*) AS parcels FROM clean_parcels
GROUP BY CAST(visited_at AS DATE) ORDER BY day
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project with the domain `parcels`: one job with its schemas, transform and suite, and one tile."""
    for tree in ("jobs", "schemas", "transforms", "expectations"):
        shutil.copytree(ROOT / tree, tmp_path / tree, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        text = (
            (ROOT / name)
            .read_text()
            .replace("accounts", "parcels")
            .replace("visits", "parcels")
            .replace("VISITS", "PARCELS")
        )
        path = tmp_path / name.replace("accounts", "parcels").replace("visits", "parcels")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    board = tmp_path / "jobs" / "reports" / "parcels"
    board.mkdir()
    (board / "01_1_parcels.sql").write_text(TILE)
    for folder in (board, *(tmp_path / tree / "parcels" for tree in ("jobs", "schemas", "transforms", "expectations"))):
        (folder / "__init__.py").touch()
    return tmp_path


# Commands in one process, which starts Spark once.
COMMANDS = """
import json, sys
from jobs.__main__ import command
for argv in json.load(sys.stdin):
    code = command(argv)
    print(end="\\0", flush=True)
    if code:
        sys.exit(code)
"""


def weir(project: Path, *commands: Sequence[str]) -> list[str]:
    """The output of each command."""
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS],
        input=json.dumps(commands),
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split("\0")[:-1]


def deliver(folder: Path, name: str, *user_ids: str) -> None:
    rows = [{"user_id": user, "email": None, "visited_at": "2019-10-01T10:00:00Z", "page": name} for user in user_ids]
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(map(json.dumps, rows)) + "\n")


@pytest.mark.nightly
def test_a_folder_in_each_tree_is_a_domain(project: Path) -> None:
    lake, page = ("--lake", str(project / "lake")), project / "report.html"
    in_domain = (*lake, "--domain", "parcels", "--live_hours", "0")
    run = ("parcels.clean_parcels", "--input", str(project / "in"), *lake)
    show = ("show", *lake, "--table", "parcels.clean_parcels")
    deliver(project / "in", "a.jsonl", "7", "8")
    listed, first, runs = weir(project, ("--help",), run, ("runs", *lake))
    assert "parcels.clean_parcels" in listed
    assert "2 rows read = 2 kept" in first
    first_run = next(line.split("\t")[0] for line in runs.splitlines() if "parcels.clean_parcels" in line)
    deliver(project / "in", "b.jsonl", "7", "9", "9999")
    second, taken, _, _, restored, _, erased = weir(
        project,
        run,
        show,
        ("report", *lake, "--board", "parcels", "--report", str(page)),
        ("lake.restore", *in_domain, "--run", first_run),
        show,
        ("lake.forget", *in_domain, "--person", "7"),
        show,
    )
    assert "3 rows read = 3 kept" in second
    assert [output.count("2019-10-01") for output in (taken, restored, erased)] == [5, 2, 1]
    assert "Parcels of the day" in page.read_text()
