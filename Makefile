# Two commands: `make report` runs the main job on the shipped example, `make test` runs the tests. Both do all set-up.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: report lab test test-slow test-engines lock clean

# Two quarters, so that the page has something to compare with.
report: $(READY)
	$(BIN)/icp refresh --company example --quarter 2026Q2
	$(BIN)/icp refresh --company example

lab: $(READY)
	$(BIN)/jupyter lab notebooks

test: $(READY)
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: $(READY)
	$(BIN)/python -m pytest -m slow

# Spark needs Java, PostgreSQL its server programs; without them these tests say so and are skipped.
test-engines: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-engines.lock
	$(BIN)/python -m pytest tests/engines

# Compiled once here, as pip leaves it undone where PYTHONDONTWRITEBYTECODE is set: every notebook's kernel then starts in a third of the time.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name it with make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --editable .
	$(BIN)/python -m compileall -q -j 2 .venv/lib || echo "Some modules are compiled at every start: slower, not wrong."
	touch $(READY)

# The lock and environment.yml are written from pyproject.toml; needs uv.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra lab --extra lint --extra test pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra lab --extra lint --extra test --extra spark --extra warehouse --constraint requirements.lock pyproject.toml -o requirements-engines.lock
	$(BIN)/python tools/environment.py > environment.yml

clean:
	rm -rf .venv build *.egg-info
