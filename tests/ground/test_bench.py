"""What `make bench` makes of the times that it took."""

import asyncio
import json

import pytest

from tests.bench import callers, intake, pages, rest_messages


def test_of_many_times_the_middle_one_and_one_that_few_exceed_are_told() -> None:
    assert pages.summary([float(each) for each in range(1, 101)]) == {"median_ms": 50.5, "p95_ms": 95.0}


def test_what_is_measured_by_the_adapter_is_a_message_of_thirty_fields_that_is_taken() -> None:
    assert rest_messages.count(rest_messages.FIELDS) == 30
    assert rest_messages.by_adapter(mapping=rest_messages.MAPPING)() == rest_messages.by_adapter()()
    assert rest_messages.by_hand({"a": 1})()


def test_everybody_who_is_reported_is_somebody_else_and_few_live_at_one_postcode() -> None:
    told = [json.loads(intake.whole(number).body) for number in range(400)]
    assert all(each["submission"] == {} for each in told)
    families = {each["evidence"]["entry"]["subject"]["name"]["family"] for each in told}
    postcodes = {each["answers"]["subject"]["addresses"][0]["postcode"] for each in told}
    assert (len(families), len(postcodes)) == (400, 400)


def test_a_request_that_waited_counts_from_when_it_was_due() -> None:
    slow = [callers.Asked(took, 201, b"") for took in (0.01, 0.02, 0.03)]
    assert intake.quantiles(slow) == {"p50_ms": 20.0, "p99_ms": 29.8}


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    ],
)
def test_an_answer_is_read_by_its_length_or_in_chunks(answer: bytes) -> None:
    async def asked() -> list[callers.Asked]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for _ in range(3):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1")
        client = callers.Client(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "token")
        done = await callers.closed_loop(client, [callers.Request("/", b"")] * 3, at_once=1)
        client.close()
        server.close()
        return done

    assert [(each.status, each.body) for each in asyncio.run(asked())] == [(201, b"{}")] * 3
