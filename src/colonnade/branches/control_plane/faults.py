"""What can go wrong between a client and a control plane, on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Literal, Protocol, get_args

from colonnade.errors import InputError

Fault = Literal["locked", "rate_limited", "unavailable", "lost_response", "failed_operation", "slow_operation"]
"""`locked` (423), `rate_limited` (429) and `unavailable` (503) refuse a request before it does anything; after a
`lost_response` it was carried out, and its connection ends; the others befall the operations of a change."""

FAULTS: tuple[Fault, ...] = get_args(Fault)


class Faults(Protocol):
    """Decides what goes wrong with each request."""

    def next(self) -> Fault | None:
        """Return what befalls the next request."""


class NoFaults:
    """Lets everything go well."""

    def next(self) -> Fault | None:
        """Return None."""
        return None


class RandomFaults:
    """Faults with given probabilities, the same ones for the same source of randomness."""

    def __init__(self, probabilities: Mapping[Fault, float], random: Random) -> None:
        """Use these probabilities, which are 1 together at most."""
        self._probabilities = dict(probabilities)
        self._random = random

    def next(self) -> Fault | None:
        """Return one of the faults, or None."""
        left = self._random.random()
        for fault, probability in self._probabilities.items():
            left -= probability
            if left < 0:
                return fault
        return None


def probabilities(options: tuple[str, ...]) -> dict[Fault, float]:
    """Read `KIND` or `KIND=PROBABILITY` from options; raises InputError."""
    found: dict[Fault, float] = {}
    for option in options:
        kind, _, share = option.partition("=")
        try:
            chance = float(share or "0.1")
        except ValueError:
            chance = -1.0
        known = next((each for each in FAULTS if each == kind.replace("-", "_")), None)
        if known is None or not 0 <= chance <= 1:
            raise InputError(
                f'"{option}" is no fault', hint=f"Write KIND=PROBABILITY; the kinds are {', '.join(FAULTS)}."
            )
        found[known] = chance
    if sum(found.values()) > 1:
        raise InputError("the probabilities of the faults are more than 1 together")
    return found
