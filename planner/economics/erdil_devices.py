"""The paper's accelerators: peaks, caps, links, price; the arithmetic rate is chosen by the bits of a weight."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

from planner.economics.erdil_constants import Version, read_devices
from planner.errors import InputError

CollectiveLaw = Literal["nccl", "hops"]


@dataclass(frozen=True)
class ErdilDevice:
    """An accelerator as Erdil (2025) describes it, SI units; `hops` devices (TPU, Groq) have nodes of one.

    `intranode_bytes_per_s` is the bidirectional NVLink figure over 4, `internode_bytes_per_s` the full-duplex NIC
    figure over 2: algorithm bandwidths, the factor 2 (R-1)/R of an all-reduce included.
    """

    device: str
    peak_16bit_flop_per_s: float
    peak_8bit_flop_per_s: float
    peak_4bit_flop_per_s: float
    hbm_bytes_per_s: float
    hbm_bytes: float
    intranode_bytes_per_s: float
    internode_bytes_per_s: float
    node_size: int
    usd_per_hour: float
    kernel_launch_s: float
    arithmetic_cap: float
    memory_cap: float
    collective: CollectiveLaw
    ll_base_s: float
    ll128_base_s: float

    @property
    def reachable_bytes_per_s(self) -> float:
        """Memory bandwidth times its cap (v2; the caps of v1 are 1)."""
        return self.hbm_bytes_per_s * self.memory_cap

    def peak_flop_per_s(self, weight_bits: float) -> float:
        """Returns the theoretical rate for weights of 16, 8 or 4 bits; raises InputError where undefined."""
        peaks = {16: self.peak_16bit_flop_per_s, 8: self.peak_8bit_flop_per_s, 4: self.peak_4bit_flop_per_s}
        peak = peaks.get(int(weight_bits)) if weight_bits == int(weight_bits) else None
        if peak is None or math.isnan(peak):
            known = ", ".join(str(bits) for bits, value in peaks.items() if not math.isnan(value))
            raise InputError.single(f"erdil device {self.device}", f"weights of {known} bits", f"{weight_bits:g} bits")
        return peak

    def reachable_flop_per_s(self, weight_bits: float) -> float:
        """Returns the rate for a weight width times the arithmetic cap."""
        return self.peak_flop_per_s(weight_bits) * self.arithmetic_cap


@cache
def load_devices(version: Version = "v2") -> dict[str, ErdilDevice]:
    """Returns the devices of a version of the notebook by object name."""
    devices: dict[str, ErdilDevice] = {}
    names = list(ErdilDevice.__dataclass_fields__)
    for row in read_devices(version)[names].to_dict("records"):
        cells = {str(key): value for key, value in row.items()}
        if math.isnan(cells["intranode_bytes_per_s"]):
            cells["intranode_bytes_per_s"] = math.inf
        devices[cells["device"]] = ErdilDevice(**cells)
    return devices


def find_device(name: str, version: Version = "v2") -> ErdilDevice:
    """Returns a device by its object name; raises InputError naming those that exist."""
    devices = load_devices(version)
    if name not in devices:
        raise InputError.single(f"erdil {version} device", "one of " + ", ".join(devices), repr(name))
    return devices[name]
