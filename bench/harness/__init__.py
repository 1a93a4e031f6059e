"""What `make bench` is made of; tools/bench.py runs it, bench/README.md describes it."""
