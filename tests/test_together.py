"""Work side by side: all of it is done, and the first fault is told."""

from __future__ import annotations

import pytest

from packopt.together import together


def test_all_tasks_are_done_when_it_returns() -> None:
    """More tasks than are done at one time."""
    done: list[int] = []
    together(*(lambda at=at: done.append(at) for at in range(9)))  # type: ignore[misc]
    assert sorted(done) == list(range(9))


def test_a_fault_is_told_when_the_others_are_finished() -> None:
    """A draft can only be removed when nobody writes into it any more."""
    done: list[int] = []

    def fail() -> None:
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        together(fail, *(lambda at=at: done.append(at) for at in range(5)))  # type: ignore[misc]
    assert sorted(done) == list(range(5))


def test_nothing_to_do_is_done() -> None:
    """A report without rules and green tables writes nothing beside its savings."""
    together()
