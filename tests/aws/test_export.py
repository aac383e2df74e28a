"""Export files to a bucket."""

import pytest

from jobs.ecommerce import clean_events
from tests.aws.stand_in import BUCKET, stand_in
from tests.conftest import InProcess, line


@pytest.fixture
def shop(daily: InProcess) -> InProcess:
    daily.job = clean_events.JOB
    return daily


def day_of(number: int) -> str:
    return f"ecommerce.clean_events/day=2019-10-0{number}/clean_events.csv"


def on(day: int, **given: str) -> str:
    return line(event_time=f"2019-10-0{day} 23:59:59 UTC", **given)


def test_files_go_to_a_bucket_too(shop: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in() as aws:
        for name, value in {**aws.environment(), "AWS_ENDPOINT_URL": aws.url}.items():
            monkeypatch.setenv(name, value)

        def there() -> dict[str, str]:
            found = aws.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="out/ecommerce.clean").get("Contents", [])
            return {
                one["Key"]: aws.client("s3").get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read().decode()
                for one in found
                if "csv" in one["Key"]
            }

        place = ("--export", f"s3://{BUCKET}/out")
        shop.deliver("a.csv", on(1))
        shop.deliver("b.csv", on(2), on(2, product_id="2"))
        assert shop.run(*place) == 0, shop.output
        assert {key: text.count("\n") for key, text in there().items()} == {
            f"out/{day_of(1)}": 2,
            f"out/{day_of(2)}": 3,
        }
        assert shop.run(*place, "--withdraw", str(shop.input / "a.csv")) == 0, shop.output
        assert list(there()) == [f"out/{day_of(2)}"]
        assert shop.run("--export", "s3://nowhere-at-all/out") == 2
        assert "s3://nowhere-at-all/out" in shop.output
