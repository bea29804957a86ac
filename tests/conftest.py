"""What all tests share: one behaviour of Hypothesis."""

from __future__ import annotations

from hypothesis import settings

# Compiling the kernel takes seconds and falls into whichever example comes first, so no deadline;
# and the same examples every day: a red build is a change of ours.
settings.register_profile("packopt", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("packopt")
