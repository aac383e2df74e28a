"""Adding a domain only adds files: it is listed, run, reported, erased from and rolled back without other changes."""

import json
import shutil
import subprocess
import sys
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


def weir(project: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "jobs", *arguments], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_folder_in_each_tree_is_a_domain(project: Path) -> None:
    lake = ("--lake", str(project / "lake"))
    in_domain = (*lake, "--domain", "parcels", "--live_hours", "0")
    assert "parcels.clean_parcels" in weir(project, "--help")

    def run(name: str, *user_ids: str) -> None:
        rows = [
            {"user_id": user, "email": None, "visited_at": "2019-10-01T10:00:00Z", "page": name} for user in user_ids
        ]
        (project / "in").mkdir(exist_ok=True)
        (project / "in" / name).write_text("\n".join(map(json.dumps, rows)) + "\n")
        output = weir(project, "parcels.clean_parcels", "--input", str(project / "in"), *lake)
        assert f"{len(rows)} rows read = {len(rows)} kept" in output

    def parcels() -> int:
        return weir(project, "show", *lake, "--table", "parcels.clean_parcels").count("2019-10-01")

    run("a.jsonl", "7", "8")
    rows = [line.split("\t") for line in weir(project, "runs", *lake).splitlines()]
    first = next(row[0] for row in rows if "parcels.clean_parcels" in row)
    run("b.jsonl", "7", "9", "9999")
    assert parcels() == 5
    weir(project, "report", *lake, "--board", "parcels", "--report", str(project / "report.html"))
    assert "Parcels of the day" in (project / "report.html").read_text()
    weir(project, "lake.restore", *in_domain, "--run", first)
    assert parcels() == 2
    weir(project, "lake.forget", *in_domain, "--person", "7")
    assert parcels() == 1
