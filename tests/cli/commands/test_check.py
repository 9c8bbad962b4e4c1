from tests.cli.oi import Oi


def test_a_warehouse_that_can_be_right_is_reported_in_a_line(oi_with_home: Oi) -> None:
    answer = oi_with_home("check")

    assert answer.code == 0, answer.err
    assert answer.out == "all checks of the marts hold\n"


def test_json_lists_the_problems(oi_with_home: Oi) -> None:
    answer = oi_with_home("check", "--json")

    assert answer.code == 0, answer.err
    assert answer.json == {"problems": []}
