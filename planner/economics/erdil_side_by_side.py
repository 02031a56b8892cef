"""Both cores at the same setup: what the paper's model and the planner's roofline say of one decode step, part by part."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.economics.erdil_latency import Layout, Workload, kernel_s, network_parts, roofline_parts
from planner.economics.erdil_names import paper_device, paper_model
from planner.economics.frontier import UNBOUNDED
from planner.economics.frontier_layouts import layout_rows
from planner.inputs.catalog import Catalog
from planner.options.calibrated import Calibration
from planner.roofline.candidates import from_rows
from planner.roofline.steps import decode_step
from planner.units import MS_PER_S


@dataclass(frozen=True)
class Setup:
    """A replica of `tp` accelerators (catalog names) that decodes `batch` sequences of `context_tokens`."""

    model: str
    precision: str
    accelerator: str
    tp: int
    batch: float
    context_tokens: float


def paper_step_ms(setup: Setup) -> dict[str, float]:
    """Returns the paper's step in ms under 1D tensor parallelism: launches, network, memory, arithmetic, step."""
    model, device = paper_model(setup.model, setup.precision), paper_device(setup.accelerator)
    one = np.ones(1)
    load = Workload(setup.tp * one, setup.batch * one, setup.context_tokens)
    roofline = roofline_parts(model, device, load, one, one)
    launch_s = kernel_s(model, device)
    network_s = float(network_parts(model, device, load, Layout(one, one, False)).total_s[0])
    memory_s, arithmetic_s = float(roofline.memory_s[0]), float(roofline.arithmetic_s[0])
    parts = {"launches": launch_s, "network": network_s, "memory": memory_s, "arithmetic": arithmetic_s}
    return {
        name: MS_PER_S * value for name, value in {**parts, "step": launch_s + network_s + max(memory_s, arithmetic_s)}.items()
    }


def planner_step_ms(setup: Setup, catalog: Catalog, calibration: Calibration | None, engine: str = "vllm") -> dict[str, float]:
    """Returns the planner's step in ms; `calibration` None is the datasheet without overhead.

    `memory` and `arithmetic` are the classes that each bounds, so the four parts add up to the step.
    """
    model, precision = catalog.models[setup.model], catalog.precisions[setup.precision]
    rows = layout_rows(catalog, model, precision, setup.accelerator)
    mine = [row for row in rows if (row.tp, row.pp, row.dp, row.ep) == (setup.tp, 1, 1, 1)]
    candidates = from_rows(mine[:1])
    reached = UNBOUNDED if calibration is None else calibration.efficiencies(candidates, engine)
    step = decode_step(candidates, setup.batch, setup.context_tokens, reached)
    parts = {"launches": step.overhead_s, "network": step.collective_s, "memory": step.memory_s, "arithmetic": step.compute_s}
    return {name: MS_PER_S * float(value[0]) for name, value in {**parts, "step": step.total_s}.items()}


def side_by_side(setups: Sequence[Setup], catalog: Catalog, calibration: Calibration) -> pd.DataFrame:
    """Returns one row a setup and core (`paper`, `planner`, `datasheet`) with the parts of its step in ms."""
    rows = []
    for setup in setups:
        cores = {
            "paper": paper_step_ms(setup),
            "planner": planner_step_ms(setup, catalog, calibration),
            "datasheet": planner_step_ms(setup, catalog, None),
        }
        rows += [{**vars(setup), "core": core, **parts} for core, parts in cores.items()]
    return pd.DataFrame(rows)
