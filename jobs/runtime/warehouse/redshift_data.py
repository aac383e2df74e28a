"""Run SQL through the Redshift Data API, which needs no connection."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.runtime.errors import BadArgument, BadInput
from jobs.runtime.redaction import mask
from jobs.runtime.storage import object_store
from jobs.runtime.storage.aws_retry import call_again

_RUNNING = ("SUBMITTED", "PICKED", "STARTED")
_THROTTLED = ("ThrottlingException", "ActiveStatementsExceededException")
_WAIT, _MAX_WAITS = 2.0, 1_800


@dataclass(frozen=True)
class RedshiftData:
    """A database, as the parameters that the API takes: Database, and WorkgroupName or ClusterIdentifier."""

    client: Any
    database: Mapping[str, str]
    sleep: Callable[[float], None] = time.sleep

    def run(self, statements: Sequence[str]) -> str:
        """Run the statements in one transaction and return the id. Raises BadInput if one fails: none has an effect."""
        started = self._call("batch_execute_statement", Sqls=list(statements), **self.database)
        return self._finished(started["Id"])

    def values(self, statement: str) -> list[Any]:
        """The first column of the rows."""
        started = self._call("execute_statement", Sql=statement, **self.database)
        result = self._call("get_statement_result", Id=self._finished(started["Id"]))
        return [value for row in result["Records"] for value in row[0].values()]

    def _finished(self, statement_id: str) -> str:
        for _ in range(_MAX_WAITS):
            state = self._call("describe_statement", Id=statement_id)
            if state["Status"] == "FINISHED":
                return statement_id
            if state["Status"] not in _RUNNING:
                raise BadInput(f"the warehouse ended with {state['Status']}: {mask(state.get('Error', ''))}")
            self.sleep(_WAIT)
        raise BadInput(f"statement {statement_id} of the warehouse has not ended in an hour")

    def _call(self, name: str, **arguments: Any) -> dict[str, Any]:
        errors = object_store.require_module("botocore.exceptions")
        try:
            found: dict[str, Any] = call_again(getattr(self.client, name), _THROTTLED, self.sleep, **arguments)
        except (errors.ClientError, errors.BotoCoreError) as error:
            raise BadInput(f"the Redshift Data API refused {name}: {mask(str(error))}") from error
        return found


def redshift(database: str, workgroup: str | None, cluster: str | None, secret_arn: str | None) -> RedshiftData:
    """The database of a workgroup or of a cluster. Raises BadArgument unless exactly one of them is given."""
    if bool(workgroup) == bool(cluster):
        raise BadArgument("name either the --workgroup or the --cluster of the warehouse")
    names = {"WorkgroupName": workgroup, "ClusterIdentifier": cluster, "SecretArn": secret_arn}
    given = {name: value for name, value in names.items() if value}
    return RedshiftData(object_store.require_module("boto3").client("redshift-data"), {"Database": database, **given})
