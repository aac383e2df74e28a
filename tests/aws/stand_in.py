"""A local stand-in for S3, IAM and the Glue Data Catalog: a moto server, and a proxy that fails some requests."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import s3fs

BUCKET = "weir-lake"
REGION = "eu-central-1"


@dataclass(frozen=True)
class StandIn:
    url: str

    def client(self, service: str) -> Any:
        import boto3

        keys = {"aws_access_key_id": "anybody", "aws_secret_access_key": "anything"}
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **keys)

    def environment(self, key: str = "anybody", secret: str = "anything") -> dict[str, str]:
        """The environment of a process that can reach no AWS except this server."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        keys = {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }
        return {
            **ours,
            **keys,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def user(self, name: str, *actions: str) -> dict[str, str]:
        """The environment of a new user who has permission for these actions on all resources."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        if actions:
            policy = {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}],
            }
            iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self.environment(key["AccessKeyId"], key["SecretAccessKey"])

    def ask_for_permissions(self) -> None:
        """Enforce IAM from now on."""
        urllib.request.urlopen(
            urllib.request.Request(f"{self.url}/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"})
        ).read()


@contextmanager
def stand_in() -> Iterator[StandIn]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        here = StandIn(f"http://127.0.0.1:{port}")
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.2)
        here.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        yield here
    finally:
        server.terminate()
        server.wait()
        # A file system is kept by its arguments, which do not name the address of the server.
        s3fs.S3FileSystem.clear_instance_cache()


@dataclass(frozen=True)
class Refusal:
    """The answer to a request that is refused."""

    status: int
    content_type: str
    body: bytes


SLOW_DOWN = Refusal(
    503,
    "application/xml",
    b"<?xml version='1.0'?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>",
)
THROTTLED = Refusal(400, "application/x-amz-json-1.1", b'{"__type": "ProvisionedThroughputExceededException"}')


class Door(BaseHTTPRequestHandler):
    """Passes requests on to `host`. A subclass says what becomes of them."""

    protocol_version = "HTTP/1.1"
    host = ""

    def refusal(self) -> Refusal | None:
        return None

    def answered(self, body: bytes, status: int) -> None: ...

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if refusal := self.refusal():
            content = b"" if self.command == "HEAD" else refusal.body
            self.answer(refusal.status, {"Content-Type": refusal.content_type}, content, len(refusal.body))
            return
        connection = http.client.HTTPConnection(self.host, timeout=120)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        headers = {
            key: value
            for key, value in answer.getheaders()
            if key.lower() not in ("connection", "transfer-encoding", "content-length")
        }
        self.answered(body, answer.status)
        self.answer(answer.status, headers, content, int(answer.getheader("Content-Length") or len(content)))
        connection.close()

    def answer(self, status: int, headers: dict[str, str], content: bytes, length: int) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = pass_on  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def _served(door: type[Door], behind: str) -> Iterator[str]:
    door.host = re.sub("https?://", "", behind)
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def shut_now_and_then(behind: str, every: int, refusal: Refusal = SLOW_DOWN) -> Iterator[tuple[str, list[str]]]:
    """A proxy in front of `behind` that refuses every `every`th request of each HTTP method.

    Yields its address and the list of the refused requests.
    """
    asked, turned_away = Counter[str](), list[str]()

    class Shut(Door):
        def refusal(self) -> Refusal | None:
            asked[self.command] += 1
            if asked[self.command] % every:
                return None
            turned_away.append(f"{self.command} {self.path}")
            return refusal

    with _served(Shut, behind) as url:
        yield url, turned_away


@contextmanager
def recorded(behind: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A proxy in front of DynamoDB. Yields its address and the items that were put, in order."""
    items = list[dict[str, Any]]()

    class Recorder(Door):
        def answered(self, body: bytes, status: int) -> None:
            if status == 200 and "PutItem" in (self.headers.get("X-Amz-Target") or ""):
                items.append(json.loads(body)["Item"])

    with _served(Recorder, behind) as url:
        yield url, items


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
