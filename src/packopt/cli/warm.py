"""`packopt warm`: compile the kernel before it is needed."""

from __future__ import annotations

from packopt.cli.console import say


def warm() -> None:
    """Compile the kernel for this machine and keep it, so that the first run starts at once.

    What `packopt suite` needs is compiled, too. Useful when a container is built. What is compiled
    already takes no time.
    """
    from packopt.cli.run import warm_kernel, warm_suite

    warm_kernel(quiet=False)
    warm_suite(quiet=False)
    say("the kernel is ready")
