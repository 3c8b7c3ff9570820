"""What `make bench` makes of the times that it took."""

from tests import bench


def test_of_many_times_the_middle_one_and_one_that_few_exceed_are_told() -> None:
    assert bench.summary([float(each) for each in range(1, 101)]) == {"median_ms": 50.5, "p95_ms": 95.0}
