"""Kinds of values that several sections share, each with its bounds."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from include.kwery.answers.headers import MOST

Share = Annotated[float, Field(gt=0, le=1)]
Credits = Annotated[int, Field(ge=0, le=MOST)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Hours = Annotated[float, Field(gt=0, le=87_600)]
Days = Annotated[float, Field(gt=0, le=3_660)]


class Section(BaseModel):
    """A section of `pipeline.yaml`: immutable, and an unknown setting is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
