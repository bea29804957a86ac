"""A server that passes for S3, for services in processes of their own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

BUCKET = "jobs"
#: Credentials that any such server takes.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "secret"}


@dataclass
class Bucket:
    """An empty bucket.

    Attributes
    ----------
    url
        What a service takes as its storage.
    objects
        Lists the names in it.
    puts
        How often each name was written, or copied to.
    """

    url: str
    objects: Callable[[], list[str]]
    puts: Counter[str] = field(default_factory=Counter)


@contextmanager
def bucket() -> Iterator[Bucket]:
    """Have a bucket for a while; it needs moto."""
    import boto3
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    puts: Counter[str] = Counter()
    app = DomainDispatcherApplication(create_backend_app)

    def counted(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "PUT":
            puts[environ["PATH_INFO"]] += 1
        return app(environ, start)

    listening = make_server("127.0.0.1", 0, counted, threaded=True)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    address = f"127.0.0.1:{listening.server_port}"
    keys = {"aws_access_key_id": "me", "aws_secret_access_key": "secret"}
    s3 = boto3.resource("s3", endpoint_url=f"http://{address}", region_name="us-east-1", **keys)
    made = s3.create_bucket(Bucket=BUCKET)
    options = f"endpoint_override={address}&scheme=http&region=us-east-1"
    try:
        yield Bucket(
            f"s3://{BUCKET}/packopt?{options}",
            lambda: [one.key for one in made.objects.all()],
            puts,
        )
    finally:
        made.objects.delete()
        made.delete()
        listening.shutdown()
        thread.join()
        listening.server_close()
