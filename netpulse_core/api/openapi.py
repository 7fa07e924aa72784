"""The description of the service: FastAPI's own, with problems where it would promise its own errors."""

from typing import Any

from fastapi import FastAPI

from netpulse_core.api import schemas
from netpulse_core.api.errors import MEDIA_TYPE

PROBLEMS: dict[int | str, dict[str, Any]] = {"default": {"model": schemas.Problem, "description": "What went wrong"}}


def install(app: FastAPI) -> None:
    """Let the application describe its errors as what they are."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _as_problems(described())
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _as_problems(document: dict[str, Any]) -> None:
    for operations in document["paths"].values():
        for operation in operations.values():
            content = operation["responses"].get("default", {}).get("content", {})
            if "application/json" in content:
                content[MEDIA_TYPE] = content.pop("application/json")
