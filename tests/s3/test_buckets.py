"""Input and lake in a bucket, tables in the Glue Data Catalog, against a local stand-in."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.bundle import ROOT
from jobs.runtime.errors import BadInput, NoRows
from jobs.runtime.spark import jars as jars_module
from jobs.runtime.spark import local_setup
from jobs.runtime.storage.listing import list_files, open_file
from tests.aws.stand_in import BUCKET, REGION, StandIn, shut_now_and_then, stand_in
from tests.faults import fault
from tests.processes import deliver, undisturbed

pytestmark = pytest.mark.timeout(1800)
LAKE = f"s3://{BUCKET}/lake"
ON_GLUE = ("--lake", LAKE, "--catalog", "glue", "--path_style")


@pytest.fixture
def aws() -> Iterator[StandIn]:
    with stand_in() as here:
        yield here


def weir(
    aws: StandIn, *arguments: str, url: str = "", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobs", *arguments, "--endpoint_url", url or aws.url]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=1200, check=False, env=environment or aws.environment()
    )


def put(aws: StandIn, folder: Path, prefix: str = "input") -> str:
    for path in folder.iterdir():
        aws.client("s3").put_object(Bucket=BUCKET, Key=f"{prefix}/{path.name}", Body=path.read_bytes())
    return f"s3://{BUCKET}/{prefix}"


def content(aws: StandIn) -> dict[str, str]:
    """Table -> content hash."""
    result = weir(aws, "tables", *ON_GLUE, "--content")
    assert result.returncode == 0, result.stdout + result.stderr
    rows = [row.split("\t") for row in result.stdout.splitlines()]
    return {row[0]: row[5] for row in rows if row[0].startswith("ecommerce.")}


@fault(
    "R15",
    injected="503 SlowDown for every fortieth request, or for all",
    checked="retried, the same tables; or 2 with the message of the store",
)
@pytest.mark.parametrize(
    "jobs",
    [
        ("ecommerce.clean_events",),
        pytest.param(("ecommerce.clean_events", "ecommerce.shopping_funnel"), marks=pytest.mark.nightly),
        pytest.param(("ecommerce.daily",), marks=pytest.mark.nightly),
    ],
    ids=" ".join,
)
def test_a_bucket_that_is_busy_now_and_then_gives_the_tables_that_a_folder_gives_and_a_second_run_doubles_nothing(
    tmp_path: Path, aws: StandIn, jobs: tuple[str, ...]
) -> None:
    given, published = put(aws, deliver(tmp_path / "in")), set[str]()
    with shut_now_and_then(aws.url, every=40) as (url, turned_away):
        for job in jobs:
            source = ("--input", given) if job == jobs[0] else ()
            summary = f"s3://{BUCKET}/out/{job}.json"
            done = weir(aws, job, *source, *ON_GLUE, "--summary_json", summary, url=url)
            assert done.returncode == 0, done.stdout + done.stderr
            written = json.loads(aws.client("s3").get_object(Bucket=BUCKET, Key=f"out/{job}.json")["Body"].read())
            assert {table["status"] for table in written["tables"]} == {"published"}
            published |= {table["table"] for table in written["tables"]}
    assert {request.split()[0] for request in turned_away} >= {"GET", "PUT", "POST"}, turned_away
    again = weir(aws, "ecommerce.clean_events", "--input", given, *ON_GLUE)
    assert (again.returncode, "nothing new: every file is already taken" in again.stdout) == (0, True), (
        again.stdout + again.stderr
    )
    assert content(aws) == {table: rows for table, rows in undisturbed().items() if table in published}


@fault("R15")
def test_a_store_that_is_always_busy_is_given_up_with_its_own_words(tmp_path: Path, aws: StandIn) -> None:
    source = deliver(tmp_path / "in", rows=20)
    with shut_now_and_then(aws.url, every=1) as (url, turned_away):
        done = weir(aws, "ecommerce.clean_events", "--input", str(source), *ON_GLUE, url=url)
    [message] = [line for line in done.stdout.splitlines() if "ended with" in line]
    assert (done.returncode, bool(re.search("503|SlowDown|Slow Down|Service Unavailable", message))) == (2, True), (
        done.stdout + done.stderr
    )
    assert len(turned_away) > 1


WRONG_KEYS = {"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN", "AWS_SECRET_ACCESS_KEY": "wrong"}
READS, WRITES, TABLES = (
    ("s3:Get*", "s3:List*", "s3:HeadBucket"),
    ("s3:Put*", "s3:Delete*", "s3:AbortMultipartUpload"),
    ("glue:*",),
)
# The permissions of a user, the bucket of the lake (None: a folder), the message.
REFUSED: dict[str, tuple[Any, str | None, str]] = {
    "wrong credentials": (None, BUCKET, "does not exist in our records|InvalidAccessKeyId|Forbidden"),
    "listing is allowed, reading is not": (("s3:List*", "s3:HeadBucket"), None, "input/ä.csv: Forbidden"),
    "nothing allowed": ((), BUCKET, "Forbidden|AccessDenied|Access Denied"),
    "reading is allowed, writing is not": ((*READS, *TABLES), BUCKET, "Access Denied|AccessDenied|not authorized"),
    "the bucket is allowed, the catalog is not": ((*READS, *WRITES), BUCKET, "GlueException: .*Status Code: 403"),
    "no such bucket": ((*READS, *WRITES, *TABLES), "weir-nowhere", "Not Found|NoSuchBucket|does not exist|no such"),
}


# One refusal of the Python SDK and one of the Java SDK; make nightly runs all.
BOTH_SDKS = ("wrong credentials", "reading is allowed, writing is not")


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[pytest.mark.nightly] * (case not in BOTH_SDKS)) for case in REFUSED]
)
def test_what_the_store_refuses_is_one_clear_line_and_code_2(tmp_path: Path, aws: StandIn, case: str) -> None:
    actions, bucket, result = REFUSED[case]
    put(aws, deliver(tmp_path / "in", rows=20))
    environment = {**aws.environment(), **WRONG_KEYS} if actions is None else aws.user("reader", *actions)
    aws.ask_for_permissions()
    lake = ("--lake", f"s3://{bucket}/lake", "--catalog", "glue") if bucket else ("--lake", str(tmp_path / "lake"))
    places = ("--input", f"s3://{BUCKET}/input", *lake, "--path_style")
    done = weir(aws, "ecommerce.clean_events", *places, environment=environment)
    [message] = [line for line in done.stdout.splitlines() if "ended with" in line]
    assert (done.returncode, message.startswith("ecommerce.clean_events ended with 2: ")) == (2, True), (
        done.stdout + done.stderr
    )
    assert re.search(result, message), message
    assert "Traceback" not in done.stdout + done.stderr


UNFIT = {
    "no region": (("--lake", LAKE, "--catalog", "glue"), "Unable to load region"),
    "a summary in no bucket": (
        (*ON_GLUE, "--summary_json", "s3://weir-nowhere/x/s.json"),
        "s3://weir-nowhere/x/s.json: .*(Not Found|does not exist)",
    ),
    "a summary that names no file": ((*ON_GLUE, "--summary_json", f"s3://{BUCKET}"), "names no file in the bucket"),
    "a folder with the catalog of Glue": (
        ("--lake", "lake", "--catalog", "glue"),
        "--catalog glue needs a lake in a bucket",
    ),
}


@pytest.mark.parametrize("case", UNFIT)
def test_invalid_declarations_are_rejected_before_a_table_is_created(tmp_path: Path, aws: StandIn, case: str) -> None:
    arguments, result = UNFIT[case]
    given = put(aws, deliver(tmp_path / "in", rows=20))
    environment = {
        name: value
        for name, value in aws.environment().items()
        if case != "no region" or name not in ("AWS_REGION", "AWS_DEFAULT_REGION")
    }
    done = weir(aws, "ecommerce.clean_events", "--input", given, *arguments, environment=environment)
    [message] = [line for line in done.stdout.splitlines() if "ended with" in line]
    assert (done.returncode, bool(re.search(result, message))) == (2, True), done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert aws.client("glue").get_databases()["DatabaseList"] == []


@pytest.mark.nightly
def test_the_catalog_of_glue_has_one_lake_and_another_is_refused(tmp_path: Path, aws: StandIn) -> None:
    given = put(aws, deliver(tmp_path / "in", rows=20))
    assert weir(aws, "ecommerce.clean_events", "--input", given, *ON_GLUE).returncode == 0
    other = ("--lake", f"s3://{BUCKET}/other", "--catalog", "glue", "--path_style")
    for arguments in (("ecommerce.clean_events", "--input", given, *other), ("tables", *other)):
        done = weir(aws, *arguments)
        assert (done.returncode, f"is at {LAKE}/warehouse" in done.stdout) == (2, True), done.stdout + done.stderr


def test_spark_submit_takes_what_the_request_for_a_glue_job_says(tmp_path: Path, aws: StandIn) -> None:
    """Run the script with the settings and arguments that Glue passes, at the addresses of the stand-in."""
    put(aws, deliver(tmp_path / "in"))
    asked = json.loads(
        (ROOT / "infra" / "glue" / "ecommerce.clean_events.json")
        .read_text()
        .replace("BUCKET", BUCKET)
        .replace("REGION", REGION)
    )
    given = asked["DefaultArguments"]
    here = local_setup.runtime_line()
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ROOT], check=True
    )
    shutil.copy(ROOT / asked["Command"]["ScriptLocation"].partition("/weir/")[2], tmp_path / "clean_events.py")
    [wheel] = tmp_path.glob("*.whl")
    jars = ",".join(map(str, jars_module.fetch_jars((*here.packages, *here.bucket_packages))))
    settings = [word for setting in given["--conf"].split(" --conf ") for word in ("--conf", setting)]
    submit = [
        str(Path(sys.executable).parent / "spark-submit"),
        "--master",
        "local[2]",
        "--jars",
        jars,
        *settings,
        "--py-files",
        wheel.name,
    ]
    arguments = [word for pair in given.items() for word in pair]
    environment = aws.environment() | {
        "JAVA_HOME": str(local_setup.java_home(here)),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    environment.pop("PYTHONPATH", None)
    command = [
        *submit,
        "clean_events.py",
        "--JOB_NAME",
        asked["Name"],
        *arguments,
        "--endpoint_url",
        aws.url,
        "--path_style",
        "true",
    ]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=1200, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not running on Glue: plain Spark; ignored: JOB_NAME, additional-python-modules" in done.stdout
    written = json.loads(
        aws.client("s3").get_object(Bucket=BUCKET, Key="summaries/ecommerce.clean_events.json")["Body"].read()
    )
    assert [table["rows_published"] for table in written["tables"]] == [2_000, 0]


def test_a_bucket_is_listed_like_a_folder(aws: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**aws.environment(), "AWS_ENDPOINT_URL": aws.url}.items():
        monkeypatch.setenv(name, value)
    store = aws.client("s3")
    lake = ("lake/warehouse/a.db/t/metadata/0.metadata.json", "lake/warehouse/a.db/t/data/x.parquet")
    for key in (
        "in/b.csv",
        "in/sub/a b+%C3ä.csv",
        "in/_SUCCESS",
        "in/.hidden/c.csv",
        "in/d.csv.tmp",
        "in/empty/",
        "other/e.csv",
        *lake,
    ):
        store.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    files, passed_over = list_files(f"s3a://{BUCKET}/in/")
    assert [file.path for file in files] == [f"s3://{BUCKET}/in/b.csv", f"s3://{BUCKET}/in/sub/a b+%C3ä.csv"]
    assert passed_over == [f"s3://{BUCKET}/in/{name}" for name in (".hidden/c.csv", "_SUCCESS", "d.csv.tmp")]
    with open_file(files[1].path) as stream:
        assert stream.read() == "in/sub/a b+%C3ä.csv".encode()
    before = files[0].version
    store.put_object(Bucket=BUCKET, Key="in/b.csv", Body=b"another")
    assert list_files(f"s3://{BUCKET}/in/b.csv")[0][0].version != before
    assert [file.path for file in list_files(f"s3://{BUCKET}/in/*.csv")[0]] == [f"s3://{BUCKET}/in/b.csv"]
    assert len(list_files(f"s3://{BUCKET}/in/**/*.csv")[0]) == 2
    assert [file.path.rpartition("/")[2] for file in list_files(f"s3://{BUCKET}")[0]] == [
        "b.csv",
        "a b+%C3ä.csv",
        "e.csv",
    ]
    with pytest.raises(NoRows, match="there is no such folder"):
        list_files(f"s3://{BUCKET}/nowhere")
    with pytest.raises(NoRows, match="there is no such folder"):
        list_files(f"s3://{BUCKET}/**/*.parquet")
    store.create_bucket(Bucket="2024-data", CreateBucketConfiguration={"LocationConstraint": REGION})
    store.put_object(Bucket="2024-data", Key="a//b.csv", Body=b"x")
    with pytest.raises(BadInput, match="an empty name"):
        list_files("s3://2024-data")
    with pytest.raises(BadInput, match="Hadoop cannot read a bucket whose name has an underscore"):
        list_files("s3://weir-5.1-x/in")
    with pytest.raises(BadInput, match=r"weir-nowhere.*check credentials"):
        list_files("s3://weir-nowhere/in")
