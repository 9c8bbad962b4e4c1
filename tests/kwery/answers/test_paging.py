"""Signs of rows that no cursor leads to, and what looks like one and is none."""

from __future__ import annotations

from typing import Any

import pytest

from include.kwery.answers.paging import unreached
from include.kwery.answers.statements import statements_in


def is_unreached(fields: dict[str, Any], headers: dict[str, str] | None = None) -> bool:
    return any(unreached(statements_in({"meta": fields}, headers or {})))


@pytest.mark.parametrize(
    "fields",
    [
        {"links": [{"rel": "self", "href": "/v1/a"}, {"rel": "next", "href": "/v1/b"}]},
        {"link": {"rel": "Next", "url": "/v1/b"}},
        {"hydra:next": "/v1/b"},
        {"search_after": ["b"]},
        {"startAfter": "b"},
        {"ShardIterator": "b"},
        {"seek": "b"},
        {"token": "b"},
        {"segments": 3},
        {"total_fragments": 3},
        {"download_url": "https://h/rows.csv"},
        {"files": ["s3://bucket/rows.parquet"]},
        {"export": {"url": "/v1/exports/17"}},
        {"job": {"href": "/v1/jobs/17"}},
    ],
)
def test_a_sign_of_more_rows_in_any_form_is_found(fields: dict[str, Any]) -> None:
    assert is_unreached(fields)


@pytest.mark.parametrize("link", ["<b>; REL=NEXT", '<b>; rel="prev next"', "<a>; rel=self, <b>; rel='next'"])
def test_a_link_header_may_name_several_relations(link: str) -> None:
    assert is_unreached({}, {"link": link})


@pytest.mark.parametrize(
    "fields",
    [
        {"links": [{"rel": "self", "href": "/v1/a"}, {"rel": "next", "href": None}]},
        {"links": [{"rel": "prev", "href": "/v1/a"}]},
        {"search_after": None, "hydra:next": None, "segments": 1, "fragment": 7},
        {"docs": "https://h/data", "status_page": "https://h", "links": {"self": "/v1/open-interest"}, "files": 3},
        {"start_token": "a", "end_position": "b", "query": {"after": "a"}},
    ],
)
def test_links_and_places_that_lead_nowhere_are_no_sign(fields: dict[str, Any]) -> None:
    assert not is_unreached(fields)


def test_a_link_header_to_other_pages_is_no_sign() -> None:
    assert not is_unreached({}, {"link": '<a>; rel="prev"; title="next", <b>; rel="self"'})
