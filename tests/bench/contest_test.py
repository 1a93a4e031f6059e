"""The benchmark's contest: everybody runs in turn, and who is wrong once has no time."""
import contextlib
import io
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from harness.contest import Contestant, alternate  # noqa: E402, found beside the repository
from harness.process import BenchError, Sample, cores, run  # noqa: E402


def main():
    order = []

    def runner(name, walls):
        left = iter(walls)

        def once():
            order.append(name)
            wall = next(left)
            if wall is None:
                raise BenchError("3 rows, expected 4")
            return Sample(wall, wall, 10, "")
        return once

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        records = alternate([Contestant("right", runner("right", [3, 1, 2]), 3),
                             Contestant("wrong", runner("wrong", [1, None, 1]), 3),
                             Contestant("once", runner("once", [5]), 1)])
    assert order == ["right", "wrong", "once", "right", "wrong", "right"], order
    assert records["right"]["wall_s"] == 2
    assert len(records["right"]["runs"]) == 3
    assert records["wrong"] == {"error": "3 rows, expected 4"}
    assert records["once"]["wall_s"] == 5

    assert run([sys.executable, "-c", "print('done')"], cpus=cores(1)).output == "done\n"
    try:
        run([sys.executable, "-c", "import sys; sys.exit('no input')"])
    except BenchError as error:
        assert "ended with 1\nno input" in str(error), error
    else:
        raise AssertionError("a failed command has no time")
    print("contest: in turn, and without those that failed")


if __name__ == "__main__":
    main()
