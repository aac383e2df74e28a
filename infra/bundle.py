"""What spark-submit and Glue take, in one folder: dist/weir-<version>-glue<line>.

weir_etl-….whl                    for spark-submit --py-files
weir_etl-….gluewheels.zip         for Glue's --additional-python-modules: the wheel and all that the runtime lacks
jobs/<domain>/<job>.py            the scripts
weir-spark.conf, weir-spark-s3.conf   for spark-submit --properties-file; the second where input or lake lie in a bucket
create-job/<job>.json             for aws glue create-job --cli-input-json
manifest.json                     SHA-256 and size of each
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

from infra import glue_jobs
from jobs.runtime.registry import jobs_by_name
from jobs.runtime.spark import local_machine
from jobs.runtime.spark.local_machine import Line

ROOT = Path(__file__).parents[1]
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
# Of one date, so that the same content gives the same archive.
EPOCH = (1980, 1, 1, 0, 0, 0)


def bundle(folder: Path, line: Line) -> Path:
    """Make the folder anew, and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    [wheel] = folder.glob("*.whl")
    _wheels(wheel, folder / glue_jobs.artifact(line.glue), line)
    (folder / "weir-spark.conf").write_text(spark_conf(line))
    (folder / "weir-spark-s3.conf").write_text(spark_conf(line, in_bucket=True))
    for name in jobs_by_name():
        script = Path("jobs", *name.split(".")).with_suffix(".py")
        (folder / script).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / script, folder / script)
    (folder / "create-job").mkdir()
    for name, text in glue_jobs.pages(line.glue).items():
        (folder / "create-job" / name).write_text(text)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
    listed = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)} for name, content in files.items()
    }
    told = {"version": metadata.version("weir-etl"), "glue": line.glue, "files": listed}
    (folder / "manifest.json").write_text(json.dumps(told, indent=2) + "\n")
    return folder


def spark_conf(line: Line, *, in_bucket: bool = False) -> str:
    """A properties file for spark-submit: jars can only be named before a session starts."""
    packages = line.packages + (line.bucket_packages if in_bucket else ())
    credentials = f"{local_machine.CREDENTIALS} {line.bucket_credentials}\n" if in_bucket else ""
    return f"spark.jars.packages {','.join(packages)}\n{credentials}"


def _wheels(wheel: Path, archive: Path, line: Line) -> None:
    """The wheel with all that it needs and the runtime has not, for the runtime's platform: `wheels/` and a list of them."""
    pins = ROOT / "docker" / f"constraints-{line.glue}.txt"
    there = {
        _canonical(name): version
        for name, _, version in (pin.partition("==") for pin in pins.read_text().splitlines() if "==" in pin)
    }
    with tempfile.TemporaryDirectory() as place:
        platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
        version = f"{sys.version_info.major}{sys.version_info.minor}"
        _pip(
            "download",
            "--only-binary=:all:",
            *platforms,
            "--python-version",
            version,
            "--constraint",
            str(pins),
            "--dest",
            place,
            str(wheel),
        )
        kept = []
        for path in sorted(Path(place).glob("*.whl")):
            name, release = path.name.split("-")[:2]
            if there.get(_canonical(name)) != release:
                kept.append((path, f"{_canonical(name)}=={release}"))
        with zipfile.ZipFile(archive, "w") as packed:
            for path, _ in kept:
                packed.writestr(zipfile.ZipInfo(f"wheels/{path.name}", EPOCH), path.read_bytes())
            packed.writestr(zipfile.ZipInfo("wheels/requirements.txt", EPOCH), "".join(f"{pin}\n" for _, pin in kept))


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pip(verb: str, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", verb, "--quiet", "--disable-pip-version-check", *words], check=True)


if __name__ == "__main__":
    here = local_machine.line()
    made = bundle(ROOT / "dist" / f"weir-{metadata.version('weir-etl')}-glue{here.glue}", here)
    print(f"{made}: {', '.join(sorted(path.name for path in made.iterdir()))}")
