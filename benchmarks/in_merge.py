"""A plain MERGE of the newest change file into an Iceberg table: python -m benchmarks.in_merge <folder> <warehouse>.

The last change of each key by time wins. There is no state, validation or ledger; late and repeated changes are
applied.
"""

import json
import sys
import time
from pathlib import Path

from pyspark.sql import SparkSession

from jobs.runtime.spark import local_setup

started = time.monotonic()
source, warehouse = sys.argv[1:]
files = sorted(Path(source).glob("2*.parquet"))
line = local_setup.runtime_line()
jars = local_setup.settings(line, line.packages, is_short=False)["spark.driver.extraClassPath"]
spark = (
    SparkSession.builder.master("local[*]")
    .config("spark.driver.extraClassPath", jars)
    .config("spark.driver.memory", "3g")
    .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
    .config("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog")
    .config("spark.sql.catalog.lake.type", "hadoop")
    .config("spark.sql.catalog.lake.warehouse", warehouse)
    .getOrCreate()
)
if files:
    spark.read.parquet(str(files[-1])).createOrReplaceTempView("changes")
    spark.sql(
        """
        MERGE INTO lake.shop.accounts AS target
        USING (
            SELECT * FROM (
                SELECT *, row_number() OVER (PARTITION BY id ORDER BY `TIMESTAMP` DESC) AS newest FROM changes
            ) WHERE newest = 1
        ) AS new
        ON target.id = new.id
        WHEN MATCHED AND new.Op = 'D' THEN DELETE
        WHEN MATCHED THEN UPDATE SET *
        WHEN NOT MATCHED AND new.Op <> 'D' THEN INSERT *
        """
    )
else:
    spark.read.parquet(f"{source}/LOAD00000001.parquet").writeTo("lake.shop.accounts").create()
spark.stop()
print(json.dumps({"seconds_of": {"all": time.monotonic() - started}}))
