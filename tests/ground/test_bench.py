"""What `make bench` makes of the times that it took."""

from tests import bench, bench_rest


def test_of_many_times_the_middle_one_and_one_that_few_exceed_are_told() -> None:
    assert bench.summary([float(each) for each in range(1, 101)]) == {"median_ms": 50.5, "p95_ms": 95.0}


def test_what_is_measured_by_the_adapter_is_a_message_of_thirty_fields_that_is_taken() -> None:
    assert bench_rest.count(bench_rest.FIELDS) == 30
    assert bench_rest.by_adapter(mapping=bench_rest.MAPPING)() == bench_rest.by_adapter()()
    assert bench_rest.by_hand({"a": 1})()
