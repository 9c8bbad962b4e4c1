from tests.cli.oi import Oi


def test_a_warehouse_that_can_be_right_is_reported_in_a_line(oi: Oi) -> None:
    answer = oi("check")

    assert answer.code == 0, answer.err
    assert answer.out == "all checks of the marts hold\n"


def test_json_lists_the_problems(oi: Oi) -> None:
    answer = oi("check", "--json")

    assert answer.code == 0, answer.err
    assert answer.json == {"problems": []}
