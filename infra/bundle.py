"""Build the files for spark-submit and Glue in one folder: dist/weir-<version>-glue<line>.

weir_etl-….whl                    for spark-submit --py-files
weir_etl-….gluewheels.zip         for Glue's --additional-python-modules: the wheel and what the runtime lacks
jobs/<domain>/<job>.py            the job scripts
weir-spark.conf, weir-spark-s3.conf   for spark-submit --properties-file; the second if input or lake are in a bucket
create-job/<job>.json             for aws glue create-job --cli-input-json
manifest.json                     SHA-256 and size of each file
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
from jobs.runtime.spark import local_setup
from jobs.runtime.spark.local_setup import RuntimeLine

ROOT = Path(__file__).parents[1]
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
# A fixed timestamp makes the archive reproducible.
EPOCH = (1980, 1, 1, 0, 0, 0)


def bundle(folder: Path, line: RuntimeLine) -> Path:
    """Rebuild the folder and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    [wheel] = folder.glob("*.whl")
    _pack_wheels(wheel, folder / glue_jobs.artifact(line.glue), line)
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
    manifest_files = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)} for name, content in files.items()
    }
    manifest = {"version": metadata.version("weir-etl"), "glue": line.glue, "files": manifest_files}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return folder


def spark_conf(line: RuntimeLine, *, in_bucket: bool = False) -> str:
    """The properties file for spark-submit, which needs the jars before the session starts."""
    packages = line.packages + (line.bucket_packages if in_bucket else ())
    credentials = f"{local_setup.CREDENTIALS} {line.bucket_credentials}\n" if in_bucket else ""
    return f"spark.jars.packages {','.join(packages)}\n{credentials}"


def _pack_wheels(wheel: Path, archive: Path, line: RuntimeLine) -> None:
    """Pack the wheel and the dependencies that the runtime lacks, for its platform: `wheels/` and requirements.txt."""
    pins = ROOT / "docker" / f"constraints-{line.glue}.txt"
    preinstalled = {
        _canonical(name): version
        for name, _, version in (pin.partition("==") for pin in pins.read_text().splitlines() if "==" in pin)
    }
    with tempfile.TemporaryDirectory() as folder:
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
            folder,
            str(wheel),
        )
        packed_wheels = []
        for path in sorted(Path(folder).glob("*.whl")):
            name, release = path.name.split("-")[:2]
            if preinstalled.get(_canonical(name)) != release:
                packed_wheels.append((path, f"{_canonical(name)}=={release}"))
        with zipfile.ZipFile(archive, "w") as packed:
            for path, _ in packed_wheels:
                packed.writestr(zipfile.ZipInfo(f"wheels/{path.name}", EPOCH), path.read_bytes())
            packed.writestr(
                zipfile.ZipInfo("wheels/requirements.txt", EPOCH), "".join(f"{pin}\n" for _, pin in packed_wheels)
            )


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pip(verb: str, *words: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", verb, "--quiet", "--disable-pip-version-check", *words], check=True)


if __name__ == "__main__":
    runtime_line = local_setup.runtime_line()
    built = bundle(ROOT / "dist" / f"weir-{metadata.version('weir-etl')}-glue{runtime_line.glue}", runtime_line)
    print(f"{built}: {', '.join(sorted(path.name for path in built.iterdir()))}")
