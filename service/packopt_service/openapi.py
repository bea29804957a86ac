"""``python -m packopt_service.openapi FILE``: write the OpenAPI document."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from packopt_service.app import create_app, openapi
from packopt_service.settings import Settings


def write(file: Path) -> None:
    """Write the document as it is served."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(open=True, data_dir=Path(folder), job_workers=0)
        document = openapi(create_app(settings))
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
