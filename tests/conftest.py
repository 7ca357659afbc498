"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Shared cores make single examples slow now and then; what is measured elsewhere is not a property.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
settings.load_profile("tests")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests early, so that none is begun at the end, and between others: they compute, most wait."""
    files = list(dict.fromkeys(item.path for item in items))
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    others = [path for path in files if path not in slow]
    step = 2 * len(others) / 3 / max(1, len(slow))  # they are spread over two thirds of the others
    place = {path: number + 0.5 for number, path in enumerate(others)}
    place |= {path: number * step for number, path in enumerate(path for path in files if path in slow)}
    items.sort(key=lambda item: place[item.path])


SHARED = Path(__file__).parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real recordings that lies beside a checkout."""
    if not (SHARED / "data" / "frames").is_dir():
        pytest.skip("needs the recordings beside the checkout")
    return SHARED
