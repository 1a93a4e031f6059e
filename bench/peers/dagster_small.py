"""One op that does nothing, in a file of its own as in bench/small.cc.

usage: dagster job execute -f dagster_small.py -a one_op
"""
from dagster import Nothing, Out, in_process_executor, job, op


@op(out=Out(Nothing))
def nothing():
    pass


@job(executor_def=in_process_executor)
def one_op():
    nothing()
