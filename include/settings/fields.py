"""Kinds of values that several sections share, each with its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
    renamed: ClassVar[Mapping[str, str]] = {}
    """Former names of settings, each with the new one; a file that has one is refused."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_former_names(cls, data: object) -> object:
        found = [name for name in cls.renamed if isinstance(data, Mapping) and name in data]
        if found:
            raise ValueError("; ".join(f"{name} was renamed: write {cls.renamed[name]}" for name in found))
        return data
