"""Rules of the code that can be checked automatically."""

import ast
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests import ROOT
from tests.faults.lines import CASES, NOT_BUILT

SOURCES = [
    path
    for tree in ("jobs", "transforms", "schemas", "expectations")
    for path in sorted((ROOT / tree).rglob("*.py"))
    if path.read_text().strip()
]
TRANSFORMS = [path for path in SOURCES if path.is_relative_to(ROOT / "transforms")]
PURE = [path for path in SOURCES if not path.is_relative_to(ROOT / "jobs")]

ACTIONS = {
    "collect",
    "count",
    "show",
    "take",
    "head",
    "tail",
    "first",
    "toPandas",
    "toLocalIterator",
    "foreach",
    "foreachPartition",
    "isEmpty",
}
EFFECTS = {
    "cache",
    "persist",
    "checkpoint",
    "localCheckpoint",
    "write",
    "writeTo",
    "createOrReplaceTempView",
    "sql",
    "getOrCreate",
    "sparkSession",
}
CHANCE = {
    "rand",
    "randn",
    "uuid",
    "monotonically_increasing_id",
    "current_date",
    "current_timestamp",
    "now",
    "dropDuplicates",
    "max_by",
    "min_by",
    "first_value",
}
UDFS = {"udf", "pandas_udf", "mapInPandas", "mapInArrow", "applyInPandas", "UserDefinedFunction"}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def called(tree: ast.AST) -> list[tuple[int, str]]:
    """All attributes that are called or read, and all names that are called. `F.count` is a column, not an action."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not (
            isinstance(node.value, ast.Name) and node.value.id == "F" and node.attr in ACTIONS
        ):
            found.append((node.lineno, node.attr))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.append((node.lineno, node.func.id))
    return found


def offenders(paths: Iterable[Path], found: Callable[[Path], Iterable[Any]]) -> dict[str, list[Any]]:
    """The violations of a rule by file, for files that have any."""
    return {name(path): listed for path in paths if (listed := list(found(path)))}


def words(path: Path, banned: set[str]) -> list[tuple[int, str]]:
    return [(line, word) for line, word in called(ast.parse(path.read_text())) if word in banned]


def test_a_transform_is_lazy_and_free_of_side_effects() -> None:
    assert offenders(TRANSFORMS, lambda path: words(path, ACTIONS | EFFECTS | CHANCE | UDFS)) == {}


def test_a_transform_refers_to_columns_by_name() -> None:
    """Forbids df.column and df["column"]: a subscript is only allowed on a mapping or a list, not on a frame."""

    def subscripts(path: Path) -> list[int]:
        tree = ast.parse(path.read_text())
        frames = {
            argument.arg
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef)
            for argument in function.args.args
            if isinstance(argument.annotation, ast.Name) and argument.annotation.id == "DataFrame"
        }
        values = [
            node for node in ast.walk(tree) if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)
        ]
        return [node.lineno for node in values if isinstance(node.value, ast.Name) and node.value.id in frames]

    assert offenders(TRANSFORMS, subscripts) == {}


def test_a_window_is_total_or_has_no_order() -> None:
    """Ranks and lag or lead need a total order: declare it in a comment, or set a frame."""

    def unordered(path: Path) -> list[str]:
        ordered = [line for line in path.read_text().splitlines() if "Window" in line and "orderBy" in line]
        return [line for line in ordered if "# total:" not in line and "rowsBetween" not in line]

    assert offenders(TRANSFORMS, unordered) == {}


def test_below_the_jobs_nothing_knows_where_it_runs() -> None:
    banned = {"jobs", "boto3", "awsglue", "great_expectations", "os", "random", "time"}

    def imported(path: Path) -> set[str]:
        nodes = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        modules = {
            (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
            for node in nodes
            for alias in node.names
        }
        return {module.partition(".")[0] for module in modules} & banned

    assert offenders(PURE, imported) == {}


def test_nothing_else_writes_tables() -> None:
    banned = {"writeTo", "saveAsTable", "insertInto", "overwritePartitions", "createOrReplace", "save"}
    others = [path for path in SOURCES if path.name != "lake_writer.py"]
    assert offenders(others, lambda path: words(path, banned)) == {}


def test_ways_of_writing_that_lose_data_are_banned() -> None:
    banned = ("spark.wap.branch", "overwritePartitions", "createOrReplace()", ".create()", "import *", "YYYY")
    assert offenders(SOURCES, lambda path: [word for word in banned if word in path.read_text()]) == {}


def test_numbers_and_their_nouns_agree() -> None:
    """`1 weeks` is what a template with a plural prints for one: `count` puts the noun in its number."""
    plural = re.compile(
        r"\{(?!count)[^{}]*(?::,|len\([^{}]*\))\} (?:[a-z]+ )?(?!was|has|pass|expectations of)[a-z]{3,}s\b"
    )
    assert offenders(SOURCES, lambda path: plural.findall(path.read_text())) == {}


# Modules that distinguish locations from local paths, or only handle local files.
OPENERS = (
    "jobs/runtime/storage/object_store.py",
    "jobs/runtime/storage/listing.py",
    "jobs/runtime/spark/local_setup.py",
)


def test_nothing_else_opens_a_location_as_if_it_were_a_path() -> None:
    opened = re.compile(r"open\(|(?!object_store\b).*\.(write_text|write_bytes|read_bytes)\(")

    def calls(path: Path) -> list[str]:
        found = [ast.unparse(node) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        return [call for call in found if opened.match(call)]

    others = [path for path in SOURCES if name(path) not in OPENERS and not name(path).startswith("jobs/samples/")]
    assert offenders(others, calls) == {}


# The session's settings apply only in threads that set them. The others do not use Spark in their threads.
STARTERS = (
    "jobs/runtime/spark/threads.py",
    "jobs/runtime/stopping.py",
    "jobs/runtime/ingest/file_readers.py",
    "jobs/runtime/ingest/detect_formats.py",
    "jobs/runtime/notify/outbox.py",
)


def test_threads_are_started_in_one_place() -> None:
    started = re.compile(r"ThreadPoolExecutor\(|\bThread\(")
    assert (
        offenders(
            [path for path in SOURCES if name(path) not in STARTERS], lambda path: started.findall(path.read_text())
        )
        == {}
    )


def test_nothing_needs_what_glues_image_cannot_do() -> None:
    gaps = ("transformation_ctx", "dynamic_frame", "DynamicFrame", "glueparquet", "awsgluedq", "EvaluateDataQuality")
    assert offenders(SOURCES, lambda path: [word for word in gaps if word in path.read_text()]) == {}


def test_nothing_starts_a_session_at_import() -> None:
    def started(path: Path) -> list[str]:
        outside = [
            node
            for node in ast.parse(path.read_text()).body
            if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If)
        ]
        return [
            word
            for node in outside
            for _, word in called(node)
            if word in ("getOrCreate", "_ensure_initialized", "start")
        ]

    assert offenders(SOURCES, started) == {}


def test_files_and_functions_are_short() -> None:
    assert offenders(SOURCES, lambda path: [lines] if (lines := len(path.read_text().splitlines())) > 250 else []) == {}

    def long(path: Path) -> list[str]:
        functions = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
        return [node.name for node in functions if (node.end_lineno or 0) - node.lineno + 1 > 40]

    assert offenders(SOURCES, long) == {}


def test_lines_are_of_120_columns_at_most() -> None:
    """Ruff allows longer ones in Python where a pragma ends the line, and reads nothing else."""
    trees = [ROOT / tree for tree in ("jobs", "transforms", "schemas", "expectations", "benchmarks", "tests", "docker")]
    suffixes = (".py", ".sql", ".html", ".css", ".js", ".sh")
    files = [path for tree in trees for path in tree.rglob("*") if path.suffix in suffixes]
    files += [ROOT / "Makefile", ROOT / "pyproject.toml"]

    def long(path: Path) -> list[int]:
        return [number for number, line in enumerate(path.read_text().splitlines(), 1) if len(line) > 120]

    assert offenders(files, long) == {}


def test_every_case_of_a_fault_has_a_test_or_is_of_what_is_not_built() -> None:
    marked = {
        case
        for path in (ROOT / "tests").rglob("test_*.py")
        for case in re.findall(r'\bfault\(\s*"(\w+)"', path.read_text())
    }
    assert marked ^ set(CASES) == set(NOT_BUILT)
