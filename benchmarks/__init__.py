"""One file for each claim of speed, each beside its peer or its limit, printed as ratios within one run: `python -m benchmarks [NAME] [OPTIONS]`."""
