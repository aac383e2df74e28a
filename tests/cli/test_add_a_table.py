"""Follow docs/add_a_table.md step by step in a copy of the project."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

PAGE = (ROOT / "docs" / "add_a_table.md").read_text()
FILES = dict(re.findall(r"^\*\*(\S+)\*\*\n\n```\w+\n(.*?)```$", PAGE, re.DOTALL | re.MULTILINE))
[COMMANDS] = re.findall(r"^```bash\n(.*?)```$", PAGE, re.DOTALL | re.MULTILINE)
PIPELINE = "jobs/movies/daily.py"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, with a folder of two movies and their ratings."""
    copied = tmp_path / "weir"
    left = shutil.ignore_patterns(".git", ".venv*", ".weir", "dist", "__pycache__", ".ruff_cache", ".hypothesis")
    shutil.copytree(ROOT, copied, ignore=left)
    (copied / "in").mkdir()
    (copied / "in" / "movies.csv").write_text(
        "movieId,title,genres\n1,Heat (1995),Crime|Drama\n2,Casino (1995),Crime\n"
    )
    (copied / "in" / "ratings.csv").write_text(
        "userId,movieId,rating,timestamp\n1,1,4.0,980730861\n2,2,5.0,980730862\n"
    )
    return copied


def done(project: Path, command: str) -> str:
    words = command.replace("<folder with movies.csv and ratings.csv>", "in").replace("<lake>", "lake")
    of_here = shlex.split(words.replace("python", shlex.quote(sys.executable), 1))
    ended = subprocess.run(of_here, cwd=project, env=None, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, (command, ended.stdout[-3000:], ended.stderr[-3000:])
    return ended.stdout


def test_the_page_adds_a_table(project: Path) -> None:
    added = {name for name in FILES if name != PIPELINE}
    assert {name.partition("/")[0] for name in added} == {"schemas", "transforms", "expectations", "jobs", "tests"}
    assert [name for name in FILES if (project / name).exists()] == [PIPELINE]
    docs, tests, run, show = COMMANDS.splitlines()
    done(project, run)
    for name, text in FILES.items():
        (project / name).write_text(text)
    done(project, docs)
    assert "movies.genre_ratings" in (project / "docs" / "lineage.md").read_text()
    assert re.search(r"\b[1-9]\d* passed", done(project, tests))
    assert "movies.genre_ratings" in done(project, run)
    _, *shown = [line.split("\t") for line in done(project, show).splitlines() if "\t" in line]
    assert sorted(shown) == [["Crime", "2", "2", "4.5"], ["Drama", "1", "1", "4.0"]]


def test_the_files_of_the_page_are_well_kept(project: Path) -> None:
    for name, text in FILES.items():
        (project / name).write_text(text)
    of_python = [name for name in FILES if name.endswith(".py")]
    for command in (
        f"python -m ruff check {' '.join(of_python)}",
        f"python -m ruff format --check {' '.join(of_python)}",
        "python -m mypy",
    ):
        done(project, command)
