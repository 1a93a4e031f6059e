"""Goals, and whether they were met."""
from dataclasses import dataclass


@dataclass
class Goal:
    """One goal of a section: what is asked, what was found."""
    what: str
    goal: str
    found: str
    met: bool

    def record(self):
        return {"what": self.what, "goal": self.goal, "found": self.found, "met": self.met}


def at_most(what, limit, value, unit, digits=1):
    """A goal that a value stays at or below a limit."""
    return Goal(what, f"≤ {limit:g} {unit}", f"{value:.{digits}f} {unit}", value <= limit)


def at_least(what, limit, value, unit, digits=1):
    """A goal that a value reaches a limit."""
    return Goal(what, f"≥ {limit:g} {unit}", f"{value:.{digits}f} {unit}", value >= limit)
