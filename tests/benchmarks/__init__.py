"""What running a state machine costs, as ratios measured in one run: `python -m tests.benchmarks --help`."""
