.PHONY: set-up demo test test-slow test-mpi test-slurm bench weights lint

python = .venv/bin/python

set-up:
	@tools/set_up.sh

demo: set-up
	@$(python) tools/demo.py

test: set-up
	$(python) -m pytest -n 2 -m "not slow and not mpi and not slurm"

test-slow: set-up
	$(python) -m pytest -m slow

test-mpi: set-up
	$(python) -m pytest -m mpi

test-slurm: set-up
	$(python) -m pytest -m slurm

bench: set-up
	$(python) benchmarks/bench.py $(BENCH)

weights: set-up
	tools/make_weights.sh

lint: set-up
	$(python) -m ruff format --check .
	$(python) -m ruff check .
