"""What methods claim on the way: every bound offered to a search, those not taken among them, and every warning.

A search does not take a bound above its best plan; it warns and goes on, so that the answer is right though a proof of it was
not. Tests of proofs look at bounds where they are offered: by the relaxation that a search begins with, and to `Search.prove`.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest import mock

from planner.methods.result import MethodResult
from planner.methods.search import Search


@dataclass
class Watch:
    """What was offered and warned of in one solve."""

    bounds: list[float] = field(default_factory=list)
    """Bounds on the program's cost, in usd, taken or not."""
    warnings: list[str] = field(default_factory=list)
    first: Search | None = None
    """The search of the program itself: later ones have other objectives (`restarted`), their bounds are none of its cost."""

    def offered(self, search: Search, bound: float) -> None:
        """Keeps a bound of the first search."""
        self.first = search if self.first is None else self.first
        if search is self.first:
            self.bounds.append(float(bound))

    def faults(self, most_usd: float) -> list[str]:
        """Returns a line for the worst bound that is above `most_usd`, and one for each warning."""
        above = [bound for bound in self.bounds if not bound <= most_usd]
        told = [f"a bound of {max(above)} usd was offered, {most_usd} usd is the most"] if above else []
        return told + [f"warned: {text}" for text in self.warnings]


class _Ear(logging.Handler):
    """Keeps warnings of a watch."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.WARNING)
        self.watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps one."""
        self.watch.warnings.append(record.getMessage())


@contextmanager
def watched() -> Iterator[Watch]:
    """Watches one solve."""
    watch, prove, began, log = Watch(), Search.prove, Search.__post_init__, logging.getLogger("planner")
    ear = _Ear(watch)

    def offering(search: Search, bound: float, *args: object, **named: object) -> None:
        watch.offered(search, bound)
        prove(search, bound, *args, **named)  # type: ignore[arg-type]

    def beginning(search: Search) -> None:
        watch.offered(search, search.bound)
        began(search)

    log.addHandler(ear)
    try:
        with mock.patch.object(Search, "prove", offering), mock.patch.object(Search, "__post_init__", beginning):
            yield watch
    finally:
        log.removeHandler(ear)


def claims(found: MethodResult) -> list[float]:
    """Returns every bound that an answer states, in usd: its own, that of its certificate and that of its prices."""
    parts = [part for part in (found.certificate, found.prices) if part is not None]
    return [*([] if found.bound_usd is None else [found.bound_usd]), *(part.bound_usd for part in parts)]
