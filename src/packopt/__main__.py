"""`python -m packopt` is `packopt`."""

from packopt.cli import main

main()
