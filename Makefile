# Two commands: `make report` runs the main job on the shipped example, `make test` runs the tests. Both do all set-up.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TESTED := .venv/.ready-test
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
TRAPS ?= ../shared/data/traps/run.py
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: report lab lint test test-slow test-proofs test-engines traps fuzz docs lock clean

# Two quarters, so that the page has something to compare with.
report: $(READY)
	$(BIN)/icp refresh --company example --quarter 2026Q2
	$(BIN)/icp refresh --company example

lab: $(READY)
	$(BIN)/icp lab

lint: $(TESTED)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

# Every line of the library is counted; the least share that must be run stands in pyproject.toml.
test: $(TESTED)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --cov=icplib --cov-report=term:skip-covered

test-slow: $(TESTED)
	$(BIN)/python -m pytest -m slow

# Whole companies from end to end: a foreign one, the noise twins, the wheel, the workflow. (pipx and uv fetch: `make test-slow`.)
test-proofs: $(TESTED)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m proof

# Spark needs Java, PostgreSQL its server programs; without them these tests say so and are skipped.
test-engines: $(TESTED)
	$(PIP) --require-hashes -r requirements-engines.lock
	$(BIN)/python -m pytest tests/engines

# Small exports that are easily read wrong, which lie beside the checkout and are not part of it.
traps: $(TESTED)
	@if [ -f $(TRAPS) ]; then if $(BIN)/python $(TRAPS) --icp $(BIN)/icp; then echo "traps: all ok"; else echo "traps: FAILED"; exit 1; fi; else echo "No traps are run: there is no $(TRAPS). Name the runner with make traps TRAPS=PATH."; fi

# The seeded fuzz of inputs: a minute of it belongs to `make test`, here are 20,000 cases and thirty kills.
fuzz: $(TESTED)
	ICP_FUZZ=20000 $(BIN)/python -m pytest -m "fuzz"

# What is written from the code: the map, settings, columns, licences.
docs: $(TESTED)
	$(BIN)/python tools/documents.py

# Compiled once here, as pip leaves it undone where PYTHONDONTWRITEBYTECODE is set: every notebook's kernel then starts in a third of the time.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-build-isolation --no-deps --editable .
	$(BIN)/python -m compileall -q -j 2 .venv/lib || echo "Some modules are compiled at every start: slower, not wrong."
	touch $(READY)

$(TESTED): $(READY) requirements-test.lock
	$(PIP) --require-hashes -r requirements-test.lock
	touch $(TESTED)

# Three locks, each a part of the next: what the report needs, what the tests need, other engines. Needs uv.
lock:
	$(COMPILE) --extra build --extra lab pyproject.toml -o requirements.lock
	$(COMPILE) --extra build --extra lab --extra lint --extra test --constraint requirements.lock pyproject.toml -o requirements-test.lock
	$(COMPILE) --extra build --extra lab --extra lint --extra test --extra spark --extra warehouse --constraint requirements-test.lock pyproject.toml -o requirements-engines.lock
	$(BIN)/python tools/environment.py > environment.yml

clean:
	rm -rf .venv build *.egg-info
