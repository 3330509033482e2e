# The two commands of the README, and what contributors run.
PYTHON ?= python3
VENV ?= .venv
DATA ?= ../shared/data
BIN := $(VENV)/bin
# hundreds of processes are started: they read bytecode, wherever the environment would have it compiled each time
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint notebooks proof measure clean

demo: $(VENV)/installed  ## make the sample film, score it, say where the results are
	$(BIN)/emsync demo --out demo

test: $(VENV)/installed-dev lint  ## the whole suite
	$(BIN)/python -m pytest -n 3 --dist loadfile --ignore tests/widgets/browser  # some wait for real time: three keep two cores busy
	$(BIN)/python -m pytest tests/widgets/browser  # film and music play in real time: nothing runs beside them

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

notebooks: $(VENV)/installed-dev  ## run every notebook from top to bottom
	$(BIN)/python -m pytest tests/notebooks --notebooks

proof: $(VENV)/installed-dev  ## soak, full kill counts, the desk's heap and its film in step: forty minutes, nothing beside it
	$(BIN)/python -m tests.benchmarks.soak --seconds 600 --json build/soak.json
	EMSYNC_PROOF=1 $(BIN)/python -m pytest -n 3 --dist loadfile tests/session/test_session_kills.py tests/cases/test_kills.py tests/bridge/test_kills.py tests/training/test_label_fit.py
	EMSYNC_PROOF=1 $(BIN)/python -m pytest tests/widgets/browser
	$(BIN)/python -m tests.benchmarks.desk --minutes 10

# docs/reading-scores.md has a command of its own, for it takes nine minutes more and changes with the reader only
measure: $(VENV)/installed-dev  ## the figures and tables of docs/, written again, and many more films: hours
	$(BIN)/python -m tests.benchmarks.measure
	$(BIN)/python -m tests.benchmarks.case_table
	$(BIN)/python -m tests.benchmarks.music_data
	$(BIN)/python -m tests.benchmarks.experts_picture
	$(BIN)/python -m tests.benchmarks.experts_picture $(wildcard $(DATA)/video/big-buck-bunny*)
	$(BIN)/emsync train prepare --data $(DATA)/music --cache build/corpus
	$(BIN)/emsync evaluate generator --cache build/corpus --page docs/generator.md --json build/generator.json
	$(BIN)/python -m tests.benchmarks.long_film --minutes 20 --render
	$(BIN)/python -m tests.benchmarks.room_coverage
	$(BIN)/python -m tests.benchmarks.fit_500
	$(BIN)/python -m tests.benchmarks.bridge_timing --seconds 20
	$(BIN)/python -m tests.benchmarks.piano_roll
	$(BIN)/python -m tests.benchmarks.desk --pictures docs/images
	EMSYNC_PROOF=1 $(BIN)/python -m pytest -n 3 --dist loadfile tests/cases/test_film_shapes.py tests/cases/test_films.py tests/cases/test_mutations.py tests/cases/test_mistakes.py

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[all]'
	$(BIN)/python -c 'from emsync_nb.analysis.sound import warm_up; warm_up()'  # fill numba's cache once
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[all,dev]'
	touch $@

clean:
	rm -rf $(VENV) demo dist build
