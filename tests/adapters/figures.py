"""Figures of the kind that were counted by other means, counted by Plaint's tests."""

from collections.abc import Sequence
from statistics import fmean, quantiles


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return number, extremes, mean and percentiles: interpolated, and as the nearest value there is."""
    ordered = sorted(values)
    percent = quantiles(ordered, n=100, method="inclusive")
    return {
        "n": len(ordered),
        "min": round(ordered[0], 4),
        "max": round(ordered[-1], 4),
        "mean": round(fmean(ordered), 4),
        **{f"p{each}": round(percent[each - 1], 4) for each in (10, 25, 50, 75, 90, 95, 99)},
        **{f"disc_p{each}": round(ordered[-(-len(ordered) * each // 100) - 1], 4) for each in (50, 90, 95)},
    }
