"""A decomposition's run: the program built, a search begun, perhaps with an earlier fleet, and what a method makes of it."""

import logging
import time
from collections.abc import Callable

from planner.methods.crew import Crew
from planner.methods.restart import resume
from planner.methods.result import MethodResult, MethodSettings
from planner.methods.started import Started, start, without_plan
from planner.program.build import build_program
from planner.program.compile import compile_program
from planner.program.groups import Groups

log = logging.getLogger(__name__)


def decompose(groups: Groups, settings: MethodSettings, method: str, go_on: Callable[[Started], MethodResult]) -> MethodResult:
    """Returns what a method makes of a program from its start.

    `method` names the answer where the relaxation has no point, and at Ctrl-C before the method itself listens for it.
    """
    began = time.monotonic()
    compiled = compile_program(build_program(groups))
    with Crew(settings.for_solver(1.0).thread_count()) as crew:
        started = start(compiled, groups, settings, crew, began)
        if not isinstance(started, Started):
            return without_plan(compiled, started, method, time.monotonic() - began)
        try:
            if settings.fleet is not None:
                resume(started, settings.fleet)
            return go_on(started)
        except KeyboardInterrupt:
            log.warning("interrupted: keeping the best plan and bound so far")
            return started.answer(method, "interrupted")
