"""From a case's ``call`` to Spreadscope's public functions. One function a kind of call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.reference import mappings_models, mappings_properties, mappings_tests
from tests.reference.compare import Checks
from tests.reference.parameters import Parameters, Tolerance

Mapping = Callable[[dict[str, Any], Parameters, Any, Tolerance, Checks], None]

MAPPINGS: dict[str, Mapping] = {
    **mappings_tests.MAPPINGS,
    **mappings_models.MAPPINGS,
    **mappings_properties.MAPPINGS,
}
