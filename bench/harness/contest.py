"""Lets contestants run in turn, so that quiet and busy minutes of the machine meet all of them."""
import statistics
import sys
from dataclasses import asdict, dataclass, field
from typing import Callable

from harness.process import BenchError, Sample


@dataclass
class Contestant:
    """One way to do the work. `run` prepares, does and checks it once, and gives what it cost;
    it raises BenchError when the result is wrong."""
    name: str
    run: Callable[[], Sample]
    repetitions: int = 3
    samples: list = field(default_factory=list)
    error: str = ""

    def median(self, what="wall_s"):
        return statistics.median(getattr(sample, what) for sample in self.samples)

    def record(self):
        """What results.json keeps of it."""
        if self.error:
            return {"error": self.error}
        runs = [{key: round(value, 5) for key, value in asdict(sample).items() if key != "output"}
                for sample in self.samples]
        return {"wall_s": round(self.median(), 5), "cpu_s": round(self.median("cpu_s"), 5),
                "rss_mib": round(max(s.rss_mib for s in self.samples), 1), "runs": runs}


def alternate(contestants):
    """Run all in turn until each has its repetitions; one that fails is out, with the reason."""
    for turn in range(max((c.repetitions for c in contestants), default=0)):
        for contestant in contestants:
            if contestant.error or turn >= contestant.repetitions:
                continue
            try:
                contestant.samples.append(contestant.run())
            except BenchError as error:
                contestant.error = str(error)
                print(f"bench: {contestant.name} is out: {error}", file=sys.stderr)
                continue
            sample = contestant.samples[-1]
            print(f"  {contestant.name:44} {sample.wall_s:9.3f} s  {sample.rss_mib:6.0f} MiB",
                  flush=True)
    return {c.name: c.record() for c in contestants}
