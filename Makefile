# The two commands a newcomer needs are `make demo` and `make test`; each creates what it lacks.
# CI runs the same targets. Stamps in .venv make every second run quick.

VENV := .venv
BIN := $(VENV)/bin
# Kept lazy (?=): Python is looked for only when the environment has to be created.
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(if $(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print(1)' 2>&1 | grep -x 1),$(name))))
JOBS ?= 2
# How long the campaigns are: kills of the node; generated programs; containers and texts to break.
TRIALS ?= 200
PROGRAMS ?= 100000
CONTAINERS ?= 1000000
TEXTS ?= 5000
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
CORE := $(wildcard anhvm/machine/build_core.py anhvm/machine/csrc/*.c anhvm/machine/csrc/*.h)

.PHONY: help build lint format test snapshot demo fuzz crash bench gpu docs clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: $(VENV)/.installed ## Create .venv, install what is needed, build the C core

lint: build ## Style, types, direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: build ## Rewrite the sources in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: lint $(if $(CI),$(VENV)/.torch $(VENV)/.cuda) ## Build, lint, and run the suite
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadgroup

snapshot: build ## Write what the examples and standard contracts cost into .gas-snapshot
	$(BIN)/anhvm snapshot examples stdlib

demo: build $(VENV)/.examples ## Train a digit classifier on a chain, and ask it
	$(BIN)/python examples/digits/demo.py

fuzz: build ## Attack the machine with generated and broken programs
	$(BIN)/python -m anhvm.fuzz differential --count $(PROGRAMS) --jobs $(JOBS)
	$(BIN)/python -m anhvm.fuzz decode --count $(PROGRAMS)
	$(BIN)/python -m anhvm.fuzz.sanitize loads --count $(CONTAINERS)
	$(BIN)/python -m anhvm.fuzz.sanitize runs --count $(PROGRAMS)
	$(BIN)/python -m anhvm.fuzz.sanitize modes --plain --count $(PROGRAMS)
	$(BIN)/python -m tests.fuzz.readers --count $(TEXTS)

crash: build ## Kill the node at random while it produces blocks
	$(BIN)/python -m tests.chain.crash --trials $(TRIALS)

bench: build ## Measure, side by side with peers
	$(BIN)/python -m pytest -q benches --benchmark-enable --benchmark-only

gpu: build $(if $(shell command -v nvidia-smi),$(VENV)/.cuda) ## Check the CUDA tier, and time it
	$(BIN)/python -m anhvm.benches.gpu

docs: $(VENV)/.docs ## Render the pages into build/docs
	$(BIN)/sphinx-build -q -W --keep-going -d build/doctrees docs build/docs

clean: ## Remove what was built; the environment too
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	rm -f anhvm/machine/_core*

$(VENV)/.created:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed. Install it, or name it: make PYTHON=/path/to/python"; \
		exit 1; }
	@command -v cc >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null || { \
		echo "A C compiler is needed. Debian, Ubuntu: apt install gcc; macOS: xcode-select --install"; \
		exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, os, sysconfig as s; os.stat(s.get_path("include") + "/Python.h")' \
		2>/dev/null || { \
		echo "Python's venv and headers are needed. Debian, Ubuntu: apt install python3-venv python3-dev"; \
		exit 1; }
	"$(PYTHON)" -m venv $(VENV)
	touch $@

# Without build isolation the tools are fetched once. The old core goes first: setuptools does not see
# that a header has changed.
$(VENV)/.installed: pyproject.toml setup.py $(CORE) $(VENV)/.created
	$(PIP) install 'setuptools>=77' 'cffi>=1.17'
	rm -f anhvm/machine/_core.*
	$(PIP) install --no-build-isolation --editable '.[dev,test]'
	touch $@

$(VENV)/.examples: pyproject.toml | $(VENV)/.installed
	$(PIP) install --no-build-isolation --editable '.[examples]'
	touch $@

# CI alone fetches torch: elsewhere its test skips, and says so.
$(VENV)/.torch: pyproject.toml | $(VENV)/.installed
	$(PIP) install --no-build-isolation --editable '.[test-torch]'
	touch $@

# PTX and machine code of the CUDA tier are read in CI; that needs no GPU.
$(VENV)/.cuda: pyproject.toml | $(VENV)/.installed
	$(PIP) install --no-build-isolation --editable '.[cuda,cuda-check]'
	touch $@

$(VENV)/.docs: pyproject.toml | $(VENV)/.installed
	$(PIP) install --no-build-isolation --editable '.[docs]'
	touch $@
