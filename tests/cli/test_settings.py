import re
from pathlib import Path

from include.configuration.variables import ENVIRONMENT, OTHER_NAMES
from include.settings import Settings, load_settings
from tests.cli.oi import ROOT


def test_pipeline_yaml_shows_exactly_the_defaults(tmp_path: Path) -> None:
    assert load_settings({"OI_HOME": str(tmp_path)}) == Settings(home=tmp_path)


def test_pipeline_yaml_shows_every_section_and_setting() -> None:
    text = (ROOT / "pipeline.yaml").read_text()
    shown = Settings.model_fields.keys() - {"home", "ledger_url", "landing_url"}
    secret = {("api", "key"), *(("warehouse", f"{whose}password") for whose in ("", "reader_", "admin_"))}

    for section in shown:
        assert re.search(rf"^{section}:", text, re.MULTILINE)
        for name in Settings.model_fields[section].default.__class__.model_fields:
            assert (section, name) in secret or re.search(rf"^  {name}:", text, re.MULTILINE), f"{section}.{name}"


def test_the_example_environment_names_every_variable() -> None:
    text = (ROOT / ".env.example").read_text()

    shown = [name for name in (*ENVIRONMENT, "OI_HOME", "OI_CONFIG") if f"#{name}=" in text]
    assert {*ENVIRONMENT, "OI_HOME", "OI_CONFIG"} - set(shown) == set(OTHER_NAMES), "one name for each setting"
