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


@contextmanager
def shut_now_and_then(behind: str, every: int) -> Iterator[tuple[str, list[str]]]:
    """A proxy in front of `behind` that answers every `every`th request of each HTTP method with 503.

    Yields its address and the list of the refused requests.
    """
    asked, turned_away = Counter[str](), list[str]()
    host = re.sub("https?://", "", behind)

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked[self.command] += 1
            if asked[self.command] % every == 0:
                turned_away.append(f"{self.command} {self.path}")
                error = (
                    b"<?xml version='1.0'?><Error><Code>SlowDown</Code>"
                    b"<Message>Please reduce your request rate.</Message></Error>"
                )
                self.answer(
                    503, {"Content-Type": "application/xml"}, b"" if self.command == "HEAD" else error, len(error)
                )
                return
            connection = http.client.HTTPConnection(host, timeout=120)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            headers = {
                key: value
                for key, value in answer.getheaders()
                if key.lower() not in ("connection", "transfer-encoding", "content-length")
            }
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

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", turned_away
    finally:
        server.shutdown()
        server.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
