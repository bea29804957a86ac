# One environment, .venv, filled from the pins in requirements/. Another interpreter:
#   make PYTHON=python3.13 setup
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
# What runs packopt, and what its developers need beside it.
RUN := .venv/.installed-to-run
STAMP := .venv/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo serve docs test lint format fuzz bench pins clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Create .venv and install the pinned packages (once)

demo: $(RUN) ## Choose packages for the demo orders and show the answer
	@echo "packopt: running the demo"
	@$(BIN)/packopt demo

serve: $(RUN) ## Serve the batch API and its page on this machine, without keys
	@$(BIN)/packopt serve --open

docs: $(STAMP) ## Build the documentation as a site, out/site
	@$(BIN)/zensical build --clean --strict
	@echo "packopt: open out/site/index.html"

test: $(STAMP) ## Run the tests
	@echo "packopt: running the tests"
	@$(BIN)/packopt warm
	@$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadscope

lint: $(STAMP) ## Check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict src service
	$(BIN)/lint-imports

format: $(STAMP) ## Let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz: $(STAMP) ## Hold the service against its documentation, with some ten thousand requests
	$(BIN)/python -m benchmarks.service_fuzz $(FUZZ)

bench: $(STAMP) ## Print the tables that the README quotes (make bench BENCH=--quick: in minutes)
	$(BIN)/python -m benchmarks.throughput $(BENCH)
	$(BIN)/python -m benchmarks.million $(BENCH)
	$(BIN)/python -m benchmarks.startup $(BENCH)
	$(BIN)/python -m benchmarks.boxpacker $(BENCH)
	$(BIN)/python -m benchmarks.containers $(BENCH)
	$(BIN)/python -m benchmarks.savings_million $(BENCH)
	$(BIN)/python -m benchmarks.engines $(BENCH)
	$(BIN)/python -m benchmarks.interval_coverage $(BENCH)
	$(BIN)/python -m benchmarks.service_load $(BENCH)
	$(BIN)/python -m benchmarks.service_jobs $(BENCH)

# The pins serve every Python from 3.11 on, and name no package index.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--no-annotate --no-header --no-emit-index-url
pins: $(STAMP) ## Renew requirements/*.txt from pyproject.toml
	$(COMPILE) --upgrade pyproject.toml --output-file requirements/run.txt
	$(COMPILE) --upgrade pyproject.toml --extra service --output-file requirements/service.txt
	$(COMPILE) --upgrade pyproject.toml --extra service --extra labels --group dev \
		--output-file requirements/dev.txt

clean: ## Remove .venv, caches and results
	rm -rf .venv out dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# uv needs seconds where pip alone needs minutes; it keeps itself and pip when it syncs.
UV_PIP = $(BIN)/uv pip
$(RUN): requirements/service.txt pyproject.toml
	@echo "packopt: setting up .venv: 60 packages, 0.3 GB to download, about a minute, once"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "packopt needs Python 3.11 or newer; '$(PYTHON)' is missing or older:" \
	       "$$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; \
	  exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(UV_PIP) install --python $(BIN)/python --quiet --requirements requirements/service.txt
	$(UV_PIP) install --python $(BIN)/python --quiet --no-deps --editable .
	@touch $(RUN)

$(STAMP): $(RUN) requirements/dev.txt
	@echo "packopt: adding what developers need: 100 packages, 0.6 GB to download, a few minutes, once"
	$(UV_PIP) sync --python $(BIN)/python requirements/dev.txt
	$(UV_PIP) install --python $(BIN)/python --quiet --no-deps --editable .
	@touch $(STAMP)
