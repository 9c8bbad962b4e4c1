"""Rule 7: the key goes where it is configured to go, and nowhere else."""

from __future__ import annotations

import logging
import pickle
import traceback
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from include.kwery.api_key import REMOVED, ApiKey
from include.kwery.client import KweryClient
from include.kwery.errors import KweryError, RedirectRefused
from include.kwery.http.deadline import Timeouts
from tests.kwery.conftest import Start
from tests.kwery.pages import KEY, page_reply, request
from tests.kwery.scripted_server import Reply, serving

MODES = ["header", "api-key", "api_key"]
QUOTED = "kwery_test_8d1f%2Bsecret%2F42"
FAILURES = [
    Reply(401, {"error": "unauthorized", "message": f"{KEY} is not known"}),
    Reply(429, {"error": "rate_limited"}),
    Reply(500, f"<html><body>trace: /v1/open-interest?api-key={QUOTED}</body></html>"),
    Reply(200, f"no JSON, but {KEY}"),
    Reply(302, headers={"Location": f"https://elsewhere.example/?api-key={QUOTED}"}),
    Reply(200, "text", headers={"Content-Encoding": KEY}),
    Reply(200, "text", headers={"Content-Encoding": f"{'x' * 40}{KEY}"}),
    Reply(body=f"NO HTTP {KEY}\r\n\r\n", behaviour="raw"),
    Reply(body=f"HTTP/1.1 200 OK\r\n{KEY} : x\r\n\r\n", behaviour="raw"),
    Reply(body=f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n", behaviour="raw"),
    Reply(behaviour="reset"),
    Reply(behaviour="close"),
    Reply(200, {"data": []}, behaviour="cut"),
    Reply(behaviour="hang"),
]


def shown_everywhere(error: BaseException) -> str:
    """All that a log, a pickle or a traceback printer with local variables could show of an error."""
    assert error.__traceback__ is not None
    error.__traceback__ = error.__traceback__.tb_next  # the test's own variables do hold the key
    formatted = traceback.TracebackException.from_exception(error, capture_locals=True)
    chain = (error.__cause__, error.__context__)
    return "".join(formatted.format()) + repr(error) + repr(error.args) + repr(chain) + repr(pickle.dumps(error))


@pytest.mark.parametrize(("mode", "where"), [("header", None), ("api-key", "api-key"), ("api_key", "api_key")])
def test_the_key_is_sent_in_the_configured_place_only(start: Start, mode: str, where: str | None) -> None:
    client, server = start(page_reply(), Reply(body={"plan": "pro"}), auth=mode)
    client.page(request())
    client.limits()
    for asked in server.asked:
        assert asked.headers.get("x-api-key") == (None if where else KEY)
        assert {name: value for name, value in asked.query.items() if "key" in name} == ({where: KEY} if where else {})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("reply", FAILURES, ids=lambda reply: f"{reply.status}-{reply.behaviour}")
def test_no_error_shows_the_key(start: Start, mode: str, reply: Reply, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client, _ = start(reply, auth=mode, timeouts=Timeouts(read_seconds=0.2))
    with pytest.raises(KweryError) as caught:
        client.page(request())
    shown = shown_everywhere(caught.value) + caplog.text + repr(client)
    assert "in page" in shown, "the client's frames are shown, so this test would see a key in them"
    assert KEY not in shown
    assert QUOTED not in shown
    assert KEY[:20] not in shown


@pytest.mark.parametrize("mode", MODES)
def test_no_error_shows_the_key_when_nobody_listens(
    mode: Literal["header", "api-key", "api_key"], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with serving([page_reply()]) as server:
        url = server.url
    with KweryClient(url, KEY, auth=mode) as client, pytest.raises(KweryError) as caught:
        client.page(request())
    shown = shown_everywhere(caught.value) + caplog.text
    assert KEY not in shown
    assert QUOTED not in shown


@pytest.mark.parametrize("mode", MODES)
def test_debug_logs_of_a_good_answer_do_not_show_the_key(
    start: Start, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client, _ = start(page_reply(), auth=mode)
    page = client.page(request())
    assert "send_request_headers" in caplog.text, "the HTTP library logs, so this test would see a key"
    assert KEY not in caplog.text + repr(page)
    assert QUOTED not in caplog.text + repr(page)


def test_a_key_that_the_vendor_repeats_is_cut_out_of_page_and_headers(start: Start) -> None:
    headers = {"Link": f"<https://h/v1?api-key={QUOTED}>", "Set-Cookie": "session=1", "X-Api-Key": KEY, "X-Plan": "pro"}
    client, _ = start(page_reply(headers=headers, next=f"/v1/open-interest?api-key={KEY}"))
    page = client.page(request())
    assert KEY.encode() not in page.body
    assert REMOVED.encode() in page.body
    assert page.headers["link"] == f"<https://h/v1?api-key={REMOVED}>"
    assert page.headers["x-plan"] == "pro"
    assert not {"set-cookie", "x-api-key"} & page.headers.keys()
    assert any("repeated the API key" in warning for warning in page.warnings)


@pytest.mark.parametrize("mode", MODES)
def test_a_redirect_is_not_followed_and_names_its_host(start: Start, mode: str) -> None:
    with serving([page_reply()]) as elsewhere:
        target = elsewhere.url.replace("127.0.0.1", "localhost")
        client, server = start(Reply(307, headers={"Location": f"{target}/v1/open-interest"}), auth=mode)
        with pytest.raises(RedirectRefused, match="redirect to localhost"):
            client.page(request())
    assert elsewhere.asked == []
    assert len(server.asked) == 1


@pytest.mark.parametrize("key", ["", "short", "x" * 257, "kwery_live_12345\n", "kwery live 12345", "kwery_live_é123"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="KWERY_API_KEY") as caught:
        KweryClient("https://kwery-api.com", key)
    assert not key or key not in str(caught.value)


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=10, max_size=256))
@example("00000000\\0")
def test_rule_7_no_form_of_any_key_survives_redaction(value: str) -> None:
    key = ApiKey(value)
    assert key.redact(f"before {value} after") == f"before {REMOVED} after"
    assert key.redact_bytes(f'{{"a": " {value} "}}'.encode()) == f'{{"a": " {REMOVED} "}}'.encode()
    assert repr(key) == repr(ApiKey("another_key"))


@pytest.mark.parametrize(
    "spelt",
    [
        r"kwery_test_a\/b+c=",
        "kwery_test_a%2fb%2bc%3d",
        "kwery_test_a%2Fb%2Bc%3D",
        "kwery_test_a/b%2Bc%3D",
        "kwery_test_a/b+c=",
    ],
)
def test_rule_7_the_key_is_removed_however_a_vendor_spells_it(spelt: str) -> None:
    key = ApiKey("kwery_test_a/b+c=")
    assert key.redact(f"no access for {spelt}!") == "no access for [key removed]!"
    assert key.redact_bytes(f'{{"key": "{spelt}"}}'.encode()) == b'{"key": "[key removed]"}'


def test_rule_7_a_key_with_signs_that_json_or_html_escape_is_removed() -> None:
    key = ApiKey('kwery_test_"<\\>&')
    assert key.redact(r"kwery_test_\"<\\>&") == "[key removed]"
    assert key.redact("kwery_test_&quot;&lt;\\&gt;&amp;") == "[key removed]"
