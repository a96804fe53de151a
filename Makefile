# What a developer types. `make demo` needs Python 3.11+, make and a package index; so does everything else.
PYTHON := $(or $(PYTHON),$(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; done),python3)
IN := .venv/bin
# Most tests wait for processes of their own: more of them at once than there are processors.
WORKERS := $(shell expr 3 '*' $$(getconf _NPROCESSORS_ONLN))
DRIFT := tests/docs tests/packaging tests/config/test_schema.py

.PHONY: demo test test-slow faults services check docs site bench lock clean

demo: .demo/venv/ready ## A real project, from nothing to applied, changed and gone again
	@sh plans/demo.sh .demo/venv/bin/reign plans/quickstart .demo/quickstart

test: .venv/ready ## All tests but the slow ones
	$(IN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not slow"

test-slow: .venv/ready ## The long matrices
	$(IN)/python -m pytest -n auto --dist worksteal -m slow

faults: .venv/ready ## Everything that can go wrong, complete: the table of the bars R1 to R14 (on Debian, as root: it installs what it lacks)
	$(IN)/python -m tests.services --install $(IN)/python -m tests.faults

services: .venv/ready ## A Docker Engine and a registry for the tests, until Ctrl-C: without it the first test that needs them starts them
	$(IN)/python -m tests.services --install

check: .venv/ready ## Format, lint, types, import rules, and that schemas, docs and locks are true to the code
	$(IN)/ruff format --check .
	$(IN)/ruff check .
	$(IN)/mypy --strict
	$(IN)/lint-imports
	$(IN)/python -m pytest -n 0 $(DRIFT) --ignore=tests/docs/test_console.py # which runs for a minute, with the other tests

docs: .venv/ready ## Write the parts of the documents anew that come from the code and from the cases
	$(IN)/python -m tests.docs

site: .venv/ready ## Build the documents as a site, in build/docs/site
	$(IN)/python -m tests.docs.site build/docs

bench: .venv/ready ## Every figure of the speed table, both sides and the ratio
	$(IN)/python -m tests.bench

lock: ## Renew uv.lock and what is exported from it (needs uv)
	uv lock
	uv export --locked --quiet --no-header --no-annotate --no-emit-project --no-default-groups --group build -o .ci/requirements/run.txt
	uv export --locked --quiet --no-header --no-annotate --no-emit-project --all-groups --no-group go -o .ci/requirements/dev.txt
	uv export --locked --quiet --no-header --no-annotate --no-emit-project --only-group go -o .ci/requirements/go.txt

clean: ## Remove what the other targets made
	rm -rf .venv .demo build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/ready: .ci/requirements/dev.txt .ci/requirements/venv.py pyproject.toml
	$(PYTHON) .ci/requirements/venv.py .venv .ci/requirements/dev.txt --editable
	@touch $@

# The demo shows what an installation does, so it installs the package itself, anew after each change of it.
.demo/venv/ready: .ci/requirements/run.txt .ci/requirements/venv.py pyproject.toml $(shell find reign -name '*.py' -o -name '*.sql')
	$(PYTHON) .ci/requirements/venv.py .demo/venv .ci/requirements/run.txt
	@touch $@
