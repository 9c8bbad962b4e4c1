from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from include.simulator.noise import bridge, gaussian, held, jumps, key_of, uniform, within_run

KEY = key_of(7, "test")
MANY = np.arange(1_000_000, 1_200_000)


def test_gaussian_has_mean_nought_and_deviation_one() -> None:
    drawn = gaussian(KEY, MANY)
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.std() - 1) < 0.02
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 0.02


def test_uniform_fills_the_open_unit_interval() -> None:
    drawn = uniform(KEY, MANY)
    assert 0 < drawn.min() < 0.001
    assert 0.999 < drawn.max() < 1


def test_channels_with_different_keys_do_not_resemble_each_other() -> None:
    assert key_of(7, "a") != key_of(8, "a") != key_of(7, "b")
    assert abs(np.corrcoef(gaussian(KEY, MANY), gaussian(key_of(8, "test"), MANY))[0, 1]) < 0.02


@settings(deadline=None)
@given(st.lists(st.integers(400_000, 7_000_000), min_size=1, max_size=40))
def test_a_number_does_not_depend_on_how_many_are_drawn_beside_it(indices: list[int]) -> None:
    together = bridge(KEY, np.array(indices), 13, None, 0)
    alone = [bridge(KEY, np.array([index]), 13, None, 0)[0] for index in indices]
    assert together.tolist() == alone


def test_a_bridge_moves_like_a_random_walk_and_meets_its_ends() -> None:
    steps = np.diff(bridge(KEY, MANY, 13, None, 0))
    assert abs(steps.std() - 1) < 0.05
    assert bridge(KEY, np.array([0, 1 << 13, 5 << 13]), 13, None, 0).tolist() == [0, 0, 0]


def test_jumps_come_at_their_rate_and_fade() -> None:
    total = jumps(KEY, MANY, rate_per_step=1 / 500, least=0.5, mean=0.6, negative=0.4)
    struck = (np.abs(np.diff(total)) > 0.3).sum()
    assert 300 < struck < 500
    assert abs(total).max() < 10


def test_a_held_value_stays_for_whole_slots_and_changes_within_eight() -> None:
    changed = held(KEY, MANY, slot=6, probability=0.2)
    assert (changed % 6 == 0).all()
    assert (changed <= MANY).all()
    assert (MANY - changed).max() < 6 * 8
    assert 0.5 < (np.diff(changed[::6]) == 0).mean() < 0.9


def test_runs_have_the_length_and_share_they_were_given() -> None:
    inside = within_run(KEY, MANY, cell=1000, probability=0.5, shortest=10, longest=30)
    assert 0.005 < inside.mean() < 0.015
    edges = np.flatnonzero(np.diff(inside.astype(int)))
    assert (edges[1::2] - edges[::2]).max() <= 60
