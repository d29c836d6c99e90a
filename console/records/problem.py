"""A Problem is what a controller reads when something must not be written yet; a Hold waits for its end."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a record is held.

    `code` names the kind of problem (`closed_period`) and its help page; `sentence` says what is wrong with this
    record, `remedy` what to do, `who` who normally does it, `owner` which system holds the wrong field (a
    connection id or a role such as `psa`), `field` the wrong field and `ref` the record to open there.
    """

    code: str
    sentence: str
    remedy: str
    who: str
    owner: str
    field: str = ""
    ref: str = ""
    facts: Mapping[str, str] = dataclasses.field(default_factory=dict)
