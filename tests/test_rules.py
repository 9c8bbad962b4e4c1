"""Each rule that is never broken has a test that bears its number; and rules for the tests themselves."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

RULES = range(1, 9)
TESTS = Path(__file__).parent
ROOT = TESTS.parent
LONGEST_NAME = 70
PROGRAM = [
    file for folder in ("include", "plugins", "dags", "bench", "bi") for file in sorted((ROOT / folder).rglob("*.py"))
]


def test_every_rule_has_a_test_of_its_number() -> None:
    files = TESTS.rglob("test_*.py")
    numbers = {int(found) for file in files for found in re.findall(r"^def test_rule_(\d)_\w", file.read_text(), re.M)}
    assert numbers == set(RULES)


def test_only_the_clock_of_the_tests_reads_the_clock() -> None:
    """A test that reads the machine's own passes on some days, and on others not."""
    reading = re.compile(r"\b(utc_?now|time\.time(_ns)?|(datetime|date)\.(now|today))\(")
    own = {TESTS / "clock.py", TESTS / "domain" / "test_clock.py", Path(__file__)}
    found = [
        f"{file.relative_to(TESTS)}:{number}: {line.strip()}"
        for file in sorted(set(TESTS.rglob("*.py")) - own)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if reading.search(line)
    ]
    assert found == [], "write clock.now() of tests.clock; clock.real_now() beside an engine's now()"


def test_names_of_tests_are_short() -> None:
    """What is special about a test belongs in its docstring."""
    found = [
        f"{file.relative_to(TESTS)}:{node.lineno}: {node.name}"
        for file in sorted(TESTS.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and len(node.name) > LONGEST_NAME
    ]
    assert found == []


def test_every_exception_from_a_check_gives_its_reason() -> None:
    """As in `# noqa: S603 - our own command` and `# type: ignore[misc] # made at run time`."""
    exception = re.compile(r"#\s*(noqa|type:\s*ignore)\b")
    explained = re.compile(r"# noqa: [A-Z0-9, ]+ - \w.*|# type: ignore\[[a-z, -]+\] # \w.*")
    found = [
        f"{file.relative_to(ROOT)}:{number}: {comment}"
        for file in [*PROGRAM, *sorted(TESTS.rglob("*.py"))]
        for number, comment in _comments(file)
        if exception.match(comment) and not explained.fullmatch(comment)
    ]
    assert found == []


def _comments(file: Path) -> Iterator[tuple[int, str]]:
    if not re.search(r"#\s*(noqa|type:)", file.read_text()):
        return  # the tokenizer is slow
    with tokenize.open(file) as lines:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def test_the_dialect_stays_out_of_names_and_prose() -> None:
    """Words that a stranger would have to look up, each with a plain one; what migrations created once is history."""
    telling = r"(?<![A-Za-z])(told|tell|tells|telling|retold)(?![A-Za-z])"
    names = (
        "anew|departs?|departures?|doubted|heed|in_reach|keep_apart|lately|let_go|next_departure|off_price"
        "|overlapped|placing|prolong|purse|put_off|results_kept|take_back|unjudged"
    )
    gaps = r"(?<![A-Za-z\"])holes?(?![A-Za-z_\"])"  # quoted: a vendor's own word for a gap
    phrases = r"\bso (many|long)\b|\bgoes on\b|\bis asked\b|\bat hand\b|\bof (its|their) own accord|\bmend(s|ed|ing)?\b"
    dialect = re.compile(rf"{telling}|{gaps}|(?<![A-Za-z])({names})(?![A-Za-z])|({phrases})", re.IGNORECASE)
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in _prose()
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if dialect.search(line)
    ]
    assert found == [], "docs and code say show, print, report; that many; again; send slot; is requested"


def _prose() -> Iterator[Path]:
    """Every text of ours that people read."""
    for folder in ("bench", "bi", "dags", "docker", "docs", "include", "plugins", "tests"):
        for file in sorted((ROOT / folder).rglob("*")):
            history = {"migrations", "cluster", "golden", "former"} & set(file.parts)
            if (
                file.suffix in {".py", ".sql", ".md", ".html", ".js", ".yaml"}
                and not history
                and file != Path(__file__)
            ):
                yield file
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "Makefile", "pipeline.yaml", ".env.example"))


def test_no_text_names_the_default_database() -> None:
    """CLICKHOUSE_DATABASE may be another: texts name tables alone, as `./oi sql` takes them, and SQL fills names in.

    The examples of `./oi sql --help` say what the marts' database is called.
    """
    sql = ROOT / "include" / "warehouse" / "sql"
    views = "|".join(sorted(file.stem for folder in ("marts", "views") for file in (sql / folder).glob("*.sql")))
    named = re.compile(rf"(?<![A-Za-z_}}])(market|bi)\.({views})\b")
    own = {"bench", "bi"}
    texts = [file for file in PROGRAM if file.relative_to(ROOT).parts[0] not in own and file.name != "sql.py"]
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in [*texts, *sorted(sql.rglob("*.sql")), ROOT / "docs" / "operating.md"]
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if named.search(line)
    ]
    assert found == []
