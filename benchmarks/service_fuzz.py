"""The documentation of the service held against the service, by Schemathesis, with all checks.

A service with a key, so that requests without one are tried as well, and ``docs/openapi.json`` as
it lies in the repository. The checks are those of Schemathesis, every one: no server errors, no
undocumented statuses, media types or headers, answers that keep their schemas, bad values refused
and good ones accepted, and nothing answered without a key. ``service/schemathesis.toml`` says
which statuses may answer a body that is valid by its schema, for a schema cannot tell which CSV is
a catalogue; and that two checks do not know jobs: a deleted job is cancelled first.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.children import PACKOPT, ROOT
from benchmarks.report import arguments, progress, save, table
from benchmarks.service_load import free_port, wait_until_ready

_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def fuzz(folder: Path, examples: int, seed: int) -> tuple[int, str]:
    """Run Schemathesis against a fresh service; return its exit code and what it said."""
    port, data = free_port(), folder / "data"
    key = subprocess.run(
        [*PACKOPT, "keys", "create", "fuzz", "--rate", "10000000", "--data-dir", str(data)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    variables = {**os.environ, "PACKOPT_PORT": str(port), "PACKOPT_DATA_DIR": str(data)}
    with (folder / "service.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "packopt_service"], cwd=ROOT, stderr=log, env=variables
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, child)
        command = [str(Path(sys.executable).with_name("schemathesis"))]
        # Every check is on by itself; named here, they would be on where the file says otherwise.
        command += ["--config-file", str(ROOT / "service" / "schemathesis.toml")]
        command += ["run", str(ROOT / "docs" / "openapi.json"), "--url", url]
        command += ["--header", f"Authorization: Bearer {key}", "--workers", "1"]
        command += ["--max-examples", str(examples), "--seed", str(seed)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        said = _ESCAPES.sub("", done.stdout + done.stderr)
        if child.poll() is not None:
            log_text = (folder / "service.log").read_text(errors="replace")
            raise RuntimeError(f"the service ended with {child.returncode}: {log_text[-4000:]}")
    finally:
        child.terminate()
        child.wait()
    return done.returncode, said


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--examples", type=int, metavar="N", help="default 300; quick 10")
    parser.add_argument("--seed", type=int, metavar="N", default=1)
    args = parser.parse_args()
    examples = args.examples or (10 if args.quick else 300)
    with tempfile.TemporaryDirectory(prefix="packopt-bench-") as folder:
        progress("Schemathesis")
        begin = time.perf_counter()
        code, said = fuzz(Path(folder), examples, args.seed)
        seconds = time.perf_counter() - begin
    cases = re.search(r"([\d,]+) generated", said)
    operations = re.search(r"Tested: (\d+)", said)
    if code != 0:
        print(said, file=sys.stderr)
    row = [
        operations[1] if operations else "-",
        cases[1] if cases else "-",
        "none" if code == 0 else "some: see above",
        f"{seconds:.0f} s",
    ]
    head = ("operations", "requests", "failures", "time")
    parts = [(__doc__ or "").split("\n\n", 1)[1], table(head, [row])]
    save("service_fuzz", "The service against its documentation", parts, args)
    return code


if __name__ == "__main__":
    sys.exit(main())
