"""The lab and the service of the tests of runs."""

from tests.runs.conftest import lab, leaf, one_lab, one_service, service

__all__ = ["lab", "leaf", "one_lab", "one_service", "service"]
