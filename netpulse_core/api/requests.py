"""What may be asked: bodies that refuse what they do not know, and the names that stand in an address."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Header, Path, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from netpulse_core.errors import did_you_mean
from netpulse_core.inventory.targets import LONGEST
from netpulse_core.model.outcome import Outcome
from netpulse_core.model.run import DEFAULT_PRIORITY, PRIORITIES

STORABLE = r"^[^\x00]*$"
"""No ledger can keep a NUL, and PostgreSQL fails where one is only looked for."""

RunId = Annotated[
    str, Path(pattern=STORABLE, description="Id of a run; `last` is the one accepted last.", examples=["last"])
]
Target = Annotated[str, Query(description="Target expression; without one, all devices.", examples=["role=leaf"])]
DeviceName = Annotated[str, Path(pattern=STORABLE, description="Name of a device.", examples=["leaf1"])]

Key = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="The same key gives the run it gave before, so that a request may be sent again.",
    ),
]


class Closed(BaseModel):
    """A request body; unknown fields are refused by name."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _only_known_and_storable(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        problems = [
            f"unknown field {name!r}{did_you_mean(name, cls.model_fields)}"
            for name in data
            if name not in cls.model_fields
        ]
        if not problems and not _storable(data):
            problems = ["the body holds a NUL or half of a surrogate pair, which no ledger can keep"]
        if problems:
            raise PydanticCustomError("closed", "{words}", {"words": "; ".join(problems), "problems": problems})
        return data


def _storable(data: Mapping[str, Any]) -> bool:
    try:
        return b"\\u0000" not in json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False


class Override(Closed):
    """What a run may pass that would stop it, and why."""

    window: str = Field(min_length=1, max_length=500, description="Why it may pass maintenance windows and blackouts.")


class RunRequest(Closed):
    """What to run, where."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"runbook": "send_commands", "target": "role=leaf", "parameters": {"commands": ["show version"]}}
            ]
        }
    )

    runbook: str = Field(description="Name of a runbook; GET /v1/runbooks lists them.")
    target: str = Field(
        description="Which devices: `role=leaf & !site=ams`, `leaf*`, `leaf1, leaf2`.", max_length=LONGEST
    )
    parameters: dict[str, JsonValue] = Field(default_factory=dict, description="As the runbook's own schema says.")
    priority: Annotated[int, Field(strict=True)] = Field(
        default=DEFAULT_PRIORITY, ge=PRIORITIES[0], le=PRIORITIES[-1], description="9 is the most urgent."
    )
    deadline: Annotated[float, Field(strict=True)] = Field(
        default=3600.0, description="Seconds from acceptance after which nothing of it starts."
    )
    diagnose: Annotated[bool, Field(strict=True)] = Field(
        default=False,
        description="Read devices in doubt without waiting for the doubt to end: each of them has to be in doubt.",
    )
    override: Override | None = Field(
        default=None, description="What it may pass; needs the permission `windows.override`, and is audited."
    )
    confirm: Annotated[int, Field(strict=True)] | None = Field(
        default=None, description="Most devices the target may mean; a change of many is refused without it."
    )


class Resolution(Closed):
    """What a person found on a device whose job is in doubt."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"outcome": "not_applied", "reason": "the ACL is not in the configuration"}]}
    )

    outcome: Outcome
    reason: str = Field(description="What the next person will read.")
