"""Rules of the code that a machine can hold."""

import ast
import re
import statistics
from pathlib import Path

import pytest

from tests.faults.lines import CASES, NOT_BUILT

ROOT = Path(__file__).parents[2]
SOURCES = [path for tree in ("jobs", "transforms", "schemas", "expectations") for path in sorted((ROOT / tree).rglob("*.py")) if path.read_text().strip()]
TRANSFORMS = [path for path in SOURCES if path.is_relative_to(ROOT / "transforms")]
PURE = [path for path in SOURCES if not path.is_relative_to(ROOT / "jobs")]

ACTIONS = {"collect", "count", "show", "take", "head", "tail", "first", "toPandas", "toLocalIterator", "foreach", "foreachPartition", "isEmpty"}
EFFECTS = {"cache", "persist", "checkpoint", "localCheckpoint", "write", "writeTo", "createOrReplaceTempView", "sql", "getOrCreate", "sparkSession"}
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
    """Every attribute that is called or read, and every name that is called; `F.count` is a column, no action."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not (isinstance(node.value, ast.Name) and node.value.id == "F" and node.attr in ACTIONS):
            found.append((node.lineno, node.attr))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.append((node.lineno, node.func.id))
    return found


@pytest.mark.parametrize("path", TRANSFORMS, ids=name)
def test_a_transform_is_lazy_and_innocent(path: Path) -> None:
    banned = ACTIONS | EFFECTS | CHANCE | UDFS
    assert [(line, word) for line, word in called(ast.parse(path.read_text())) if word in banned] == []


@pytest.mark.parametrize("path", TRANSFORMS, ids=name)
def test_a_transform_refers_to_columns_by_name(path: Path) -> None:
    """No df.column and no df["column"]: a subscript may only hold a mapping or a list that is not a frame."""
    tree = ast.parse(path.read_text())
    frames = {
        argument.arg
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for argument in function.args.args
        if isinstance(argument.annotation, ast.Name) and argument.annotation.id == "DataFrame"
    }
    subscripts = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id in frames]
    assert subscripts == []


@pytest.mark.parametrize("path", PURE, ids=name)
def test_below_the_jobs_nothing_knows_where_it_runs(path: Path) -> None:
    imported = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert {module.partition(".")[0] for module in imported} & {"jobs", "boto3", "awsglue", "great_expectations", "os", "random", "time"} == set()


@pytest.mark.parametrize("path", [path for path in SOURCES if path.name not in ("lake.py",)], ids=name)
def test_nothing_else_writes_tables(path: Path) -> None:
    banned = {"writeTo", "saveAsTable", "insertInto", "overwritePartitions", "createOrReplace", "save"}
    assert [(line, word) for line, word in called(ast.parse(path.read_text())) if word in banned] == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_ways_of_writing_that_lose_data_are_banned(path: Path) -> None:
    text = path.read_text()
    assert [word for word in ("spark.wap.branch", "overwritePartitions", "createOrReplace()", ".create()", "import *", "YYYY") if word in text] == []


# Where a location is told apart from a path on this machine, and what is only ever on this machine.
OPENERS = ("jobs/runtime/storage/object_store.py", "jobs/runtime/storage/listing.py", "jobs/runtime/spark/local_machine.py")


@pytest.mark.parametrize("path", [path for path in SOURCES if name(path) not in OPENERS and not name(path).startswith("jobs/samples/")], ids=name)
def test_nothing_else_opens_a_location_as_if_it_were_a_path(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert [ast.unparse(call) for call in calls if re.match(r"open\(|(?!object_store\b).*\.(write_text|write_bytes|read_bytes)\(", ast.unparse(call))] == []


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if name(path) not in ("jobs/runtime/spark/threads.py", "jobs/runtime/ingest/files.py", "jobs/runtime/notify/outbox.py")],
    ids=name,
)
def test_threads_are_begun_in_one_place(path: Path) -> None:
    """The session's settings hold only in threads that are told of it; those of files.py and outbox.py ask Spark nothing."""
    assert re.findall(r"ThreadPoolExecutor\(|\bThread\(", path.read_text()) == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_needs_what_glues_image_cannot_do(path: Path) -> None:
    text = path.read_text()
    gaps = ("transformation_ctx", "dynamic_frame", "DynamicFrame", "glueparquet", "awsgluedq", "EvaluateDataQuality")
    assert [word for word in gaps if word in text] == []


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_nothing_starts_a_session_at_import(path: Path) -> None:
    tree = ast.parse(path.read_text())
    outside = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.If)]
    assert [word for node in outside for _, word in called(node) if word in ("getOrCreate", "_ensure_initialized", "start")] == []


@pytest.mark.parametrize("path", TRANSFORMS, ids=name)
def test_a_window_is_total_or_has_no_order(path: Path) -> None:
    """Ranks and neighbours need a full order; say so beside it, or give a frame."""
    lines = path.read_text().splitlines()
    ordered = [line for line in lines if "Window" in line and "orderBy" in line]
    assert [line for line in ordered if "# total:" not in line and "rowsBetween" not in line] == []


def test_files_and_functions_are_short() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert statistics.median(lengths.values()) < 100
    assert {path: lines for path, lines in lengths.items() if lines > 250} == {}
    functions = [
        (name(path), node.name, (node.end_lineno or 0) - node.lineno + 1)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    assert [function for function in functions if function[2] > 40] == []


def test_every_case_of_a_fault_has_a_test_or_is_of_what_is_not_built() -> None:
    marked = {case for path in (ROOT / "tests").rglob("test_*.py") for case in re.findall(r'\bfault\(\s*"(\w+)"', path.read_text())}
    assert marked ^ set(CASES) == set(NOT_BUILT)
