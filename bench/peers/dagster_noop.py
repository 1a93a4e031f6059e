"""Jobs of Dagster whose ops do nothing; bench/noop.cc has the same.

usage: dagster job execute -f dagster_noop.py -a chain_1000|fan_1000|dynamic_1274
"""
import sys

from dagster import DynamicOut, DynamicOutput, In, Nothing, Out, in_process_executor, job, op

# Its check for cycles recurses along the graph: a chain of 1,000 can exceed Python's own limit.
sys.setrecursionlimit(10_000)

STEPS = 1000
ITEMS = 1274


@op(out=Out(Nothing))
def start():
    pass


@op(ins={"after": In(Nothing)}, out=Out(Nothing))
def noop():
    pass


@job(executor_def=in_process_executor)
def chain_1000():
    last = start()
    for i in range(1, STEPS):
        last = noop.alias(f"noop_{i}")(last)


@job(executor_def=in_process_executor)
def fan_1000():
    first = start()
    for i in range(1, STEPS):
        noop.alias(f"noop_{i}")(first)


@op(out=DynamicOut(int))
def parts():
    for i in range(ITEMS):
        yield DynamicOutput(i, mapping_key=f"p{i}")


@op
def one(number: int) -> int:
    return number


@job(executor_def=in_process_executor)
def dynamic_1274():
    parts().map(one)
