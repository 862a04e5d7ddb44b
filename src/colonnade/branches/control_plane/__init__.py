"""A control plane on this machine that speaks Neon's API v2 over the local branches."""

from colonnade.branches.control_plane.faults import FAULTS, Fault, Faults, NoFaults, RandomFaults
from colonnade.branches.control_plane.server import API_PATH, ControlPlane

__all__ = ["API_PATH", "FAULTS", "ControlPlane", "Fault", "Faults", "NoFaults", "RandomFaults"]
