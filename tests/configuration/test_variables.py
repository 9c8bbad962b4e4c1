"""Variables and the addresses in them: each problem names its variable, and no login is shown."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path

import certifi
import pytest

from include.configuration.errors import SettingsError
from include.kwery.http.certificates import problems_with_certificates
from include.settings import Settings, load_settings


def load(tmp_path: Path, **environment: str) -> Settings:
    file = tmp_path / "pipeline.yaml"
    file.touch()
    return load_settings({"OI_HOME": str(tmp_path / "oi"), **environment}, None if "OI_CONFIG" in environment else file)


def refusal(tmp_path: Path, **environment: str) -> str:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, **environment)
    assert "hidden" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("amount", ["no", "1e6", "7,000", "-1", "nan", "9" * 20, "9" * 5000, "0x10", "1.5", "7k"])
def test_an_amount_that_is_none_names_its_variable(amount: str, tmp_path: Path) -> None:
    message = refusal(tmp_path, OI_MONTHLY_CREDITS=amount)
    assert "budget.monthly_credits (OI_MONTHLY_CREDITS): " in message
    assert amount[:40] in message


@pytest.mark.parametrize("amount", ["7000", " 7000 ", "7_000"])
def test_an_amount_may_have_blanks_around_it(amount: str, tmp_path: Path) -> None:
    assert load(tmp_path, OI_MONTHLY_CREDITS=amount).budget.monthly_credits == 7000


@pytest.mark.parametrize(
    "url",
    ["gs://hidden/x", "gcs://hidden", "abfs://hidden", "az://hidden/x", "oss://hidden"],
)
def test_an_object_store_without_its_package_names_the_package(url: str, tmp_path: Path) -> None:
    assert "landing_url (OI_LANDING_URL)" in (message := refusal(tmp_path, OI_LANDING_URL=url))
    assert ".venv/bin/pip install" in message


@pytest.mark.parametrize(
    "url",
    ["foo://hidden", "s3://", "s3:///hidden", "file://hidden/x", "file:hidden", "/hidden", "memory://x", "http://x",
     "s3://hidden\r", "://", "s3://id:hidden@bucket/a", "s3://hidden:9000/a", "s3://hidden?x=1"],
)  # fmt: skip
def test_an_address_where_no_page_can_land_is_refused(url: str, tmp_path: Path) -> None:
    assert "OI_LANDING_URL" in refusal(tmp_path, OI_LANDING_URL=url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("CLICKHOUSE_HOST", host) for host in ("http://h", "h:8123", "h/x", "u@h", "h h", "h?x", "h\\x", "h\u200b")),
        *(("CLICKHOUSE_HOST", address) for address in ("[::1", "::1]", "1:::2")),
        *(("CLICKHOUSE_PORT", port) for port in ("abc", "0", "-1", "65536", "8123/x")),
        ("CLICKHOUSE_SECURE", "maybe"),
        *(("CLICKHOUSE_DATABASE", name) for name in ("a b", "a" * 65, "system", "INFORMATION_SCHEMA")),
        *(("OI_NOTIFY_URL", url) for url in ("x", "http://", "ftp://h", "http://h:x", "http://[h", "https://hidden\n")),
        *(("KWERY_BASE_URL", url) for url in ("https://h:x", "https://h:0", "https://h h", "http://h\u200b", "//h")),
        *(
            ("KWERY_BASE_URL", f"http://{host}:1")
            for host in ("a..b", ".a", "a" * 64, "a." * 130, "xn--\u2603", "a_\u2603", "xn--a", "b.XN--a")
        ),
        *(("OI_NOTIFY_URL", f"https://{host}/hidden") for host in ("a..b", "a" * 64)),
        *(("CLICKHOUSE_HOST", host) for host in ("a..b", "." * 3, "a" * 64)),
        *(("ALL_PROXY", f"http://{host}:1") for host in ("a..b", ".a", "a" * 64)),
        ("KWERY_AUTH", "none"),
        ("KWERY_API_KEY", "\udcff" * 20),
        ("CLICKHOUSE_USER", "x\udcff"),
        *(("OI_LEDGER_URL", url) for url in ("postgresql://u:hidden@h/d\r", "sqlite://", "sqlite:///hidden.db")),
        *(("OI_LEDGER_URL", f"sqlite:////{path}") for path in ("hidden?b.db", "hidden.db?timeout=1", "hidden.db?")),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(name: str, value: str, tmp_path: Path) -> None:
    assert name in refusal(tmp_path, **{name: value})


@pytest.mark.parametrize(
    ("host", "read"), [(" h ", "h"), ("::1", "[::1]"), ("[::1]", "[::1]"), ("10.0.0.1", "10.0.0.1")]
)
def test_a_host_may_be_an_address(host: str, read: str, tmp_path: Path) -> None:
    assert load(tmp_path, CLICKHOUSE_HOST=host).warehouse.host == read


@pytest.mark.parametrize("name", ["OI_HOME", "OI_CONFIG"])
@pytest.mark.parametrize("value", ["/x\r", "/x\ny", "/x\udcff", "~nobody-of-this-name/x"])
def test_a_path_that_cannot_be_one_is_refused(name: str, value: str, tmp_path: Path) -> None:
    assert name in refusal(tmp_path, **{name: value})


def test_a_path_that_is_not_utf_8_is_not_blamed_on_line_ends(tmp_path: Path) -> None:
    assert "not UTF-8" in refusal(tmp_path, OI_HOME="/x\udcc3")
    assert "U+000D" in refusal(tmp_path, OI_HOME="/x\r")


def test_a_link_in_a_circle_is_refused(tmp_path: Path) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    assert "OI_CONFIG" in refusal(tmp_path, OI_CONFIG=str(circle / "x"))


def test_a_home_with_a_question_mark_needs_a_server(tmp_path: Path) -> None:
    """The embedded engine takes what follows it for options."""
    home = str(tmp_path / "a?b")
    assert "OI_HOME" in refusal(tmp_path, OI_HOME=home)
    assert load(tmp_path, OI_HOME=home, CLICKHOUSE_HOST="db").home == Path(home)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks4://u:hidden@h:1"),
        ("all_proxy", "http://u:hidden@h:x"),
        ("HTTPS_PROXY", "http://"),
        ("https_proxy", "ftp://hidden"),
        ("HTTPS_PROXY", "::::"),
        ("HTTPS_PROXY", "http://a b"),
        ("SSL_CERT_FILE", "/none/at/all.pem"),
        ("SSL_CERT_FILE", "/etc"),
        ("SSL_CERT_FILE", "/etc/hostname"),
        ("SSL_CERT_DIR", "/none/at/all"),
        ("SSL_CERT_DIR", "/dev"),
        ("SSL_CERT_DIR", "/dev:/none/at/all"),
        ("SSLKEYLOGFILE", "/none/at/all.log"),
    ],
)
def test_the_network_of_the_environment_is_judged_before_a_request(name: str, value: str, tmp_path: Path) -> None:
    assert f"  {name}: " in refusal(tmp_path, **{name: value})
    load(tmp_path, KWERY_BASE_URL="http://127.0.0.1:8900", **{name: value})


def test_a_file_of_certificates_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes 10 ms, and settings are loaded at each look at a page."""
    authorities = tmp_path / "authorities.pem"
    shutil.copyfile(certifi.where(), authorities)
    given = {"SSL_CERT_FILE": str(authorities)}
    assert problems_with_certificates(given) == {}

    with monkeypatch.context() as patch:
        patch.setattr(ssl.SSLContext, "load_verify_locations", pytest.fail)
        assert problems_with_certificates(given) == {}
    authorities.write_text("none")
    assert "holds no certificates" in problems_with_certificates(given)["SSL_CERT_FILE"]
    authorities.unlink()
    assert "cannot be read" in problems_with_certificates(given)["SSL_CERT_FILE"]


def test_one_of_several_folders_of_certificates_may_be_missing(tmp_path: Path) -> None:
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "002c0b4f.0").touch()
    load(tmp_path, SSL_CERT_DIR=f"/none/at/all:{tmp_path / 'certificates'}")
