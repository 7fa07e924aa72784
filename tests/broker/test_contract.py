"""What both brokers promise."""

import threading
import time

import pytest

from netpulse_core.broker.broker import Broker
from netpulse_core.broker.cache import KEPT, Remembered
from netpulse_core.broker.doorbell import MOST
from tests.broker.conftest import Heard

AT_ONCE = 5.0
"""Seconds within which a waiter hears of what happened, on a busy machine too."""


@pytest.mark.thorough
def test_a_ring_wakes_its_listener_at_once_also_after_a_long_silence(broker: Broker, heard: Heard) -> None:
    broker.listen("n1", heard)
    took = []
    for number, silence in enumerate((0.5, 0.0, 2.5), 1):
        time.sleep(silence)
        began = time.monotonic()
        assert broker.ring({"n1": ["d1", "d2"]})
        heard.wait(number)
        took.append(time.monotonic() - began)
    assert max(took) < AT_ONCE
    assert heard.rings == [["d1", "d2"]] * 3


def test_a_ring_is_heard_by_its_own_queue_alone(broker: Broker, heard: Heard) -> None:
    other = Heard()
    broker.listen("node-1", heard)
    broker.listen("node1", other)  # Huey by itself would take these two names for one
    broker.ring({"node1": ["d1"]})
    other.wait(1)
    assert heard.rings == []


def test_a_ring_before_anyone_listens_is_kept(broker: Broker, heard: Heard) -> None:
    broker.ring({"n1": ["early"]})
    broker.listen("n1", heard)
    heard.wait(1)
    assert heard.rings == [["early"]]


def test_all_listeners_of_one_process_are_woken(broker: Broker, heard: Heard) -> None:
    other = Heard()
    broker.listen("fifo", heard)
    broker.listen("fifo", other)
    broker.ring({"fifo": ["d1"]})
    heard.wait(1)
    other.wait(1)


def test_a_listener_that_raises_or_exits_goes_on_listening(broker: Broker, heard: Heard) -> None:
    def wake(devices: object) -> None:
        heard(["called"])
        raise ValueError

    broker.listen("n1", wake)
    broker.ring({"n1": ["d1"]})
    heard.wait(1)
    broker.ring({"n1": ["d1"]})
    heard.wait(2)


@pytest.mark.thorough
def test_a_stopped_listener_hears_nothing_more(broker: Broker, heard: Heard) -> None:
    listening = broker.listen("n1", heard)
    listening.stop()
    listening.stop()
    broker.ring({"n1": ["d1"]})
    time.sleep(0.3)
    assert heard.rings == []


def test_a_ring_for_a_very_large_fleet_is_heard_whole(broker: Broker, heard: Heard) -> None:
    devices = [f"2001:db8:0:1:2:3:4:{number}/netconf-over-ssh" for number in range(MOST * 3)]
    broker.listen("n1", heard)
    broker.ring({"n1": devices})
    heard.wait(3)
    assert [device for ring in heard.rings for device in ring] == devices


def test_who_waits_for_news_hears_it_at_once(broker: Broker) -> None:
    seen = broker.wait("run", broker.wait("run", 0, 0.3), 0.3)
    answered = threading.Event()

    def wait() -> None:
        broker.wait("run", seen, 10)
        answered.set()

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.1)
    broker.tell(["other"])
    assert not answered.wait(0.1)
    broker.tell(["other", "run"])
    assert answered.wait(AT_ONCE)
    thread.join()


def test_news_told_before_waiting_is_not_missed(broker: Broker) -> None:
    seen = broker.wait("run", broker.wait("run", 0, 0.3), 0.3)
    broker.tell(["run"])
    began = time.monotonic()
    assert broker.wait("run", seen, 10) != seen
    assert time.monotonic() - began < AT_ONCE


def test_without_news_a_waiter_waits_its_time(broker: Broker) -> None:
    seen = broker.wait("run", broker.wait("run", 0, 0.3), 0.3)
    began = time.monotonic()
    assert broker.wait("run", seen, 0.2) == seen
    assert 0.2 <= time.monotonic() - began < 10


@pytest.mark.thorough
def test_close_leaves_no_thread_and_no_waiter(broker: Broker, heard: Heard) -> None:
    before = set(threading.enumerate())
    broker.listen("n1", heard)
    broker.listen("fifo", heard)
    seen = broker.wait("run", broker.wait("run", 0, 0.3), 0.3)
    waiter = threading.Thread(target=broker.wait, args=("run", seen, 60))
    waiter.start()
    broker.close()
    waiter.join(15)
    left = set(threading.enumerate()) - before
    assert not left


def test_a_broker_answers(broker: Broker) -> None:
    assert broker.answers()


def test_what_answered_a_question_is_recalled_with_its_age(broker: Broker) -> None:
    assert broker.recall("q1") is None
    broker.keep([Remembered("q1", "blob-a", 5.0), Remembered("q2", "blob-b", 0.0)])
    found = broker.recall("q1")
    assert found is not None
    assert found.blob == "blob-a"
    assert 5.0 <= found.age < 60.0
    broker.keep([Remembered("q1", "blob-c", 0.0)])
    again, other = broker.recall("q1"), broker.recall("q2")
    assert again is not None
    assert (again.blob, again.age < 5.0) == ("blob-c", True)
    assert other is not None
    assert other.blob == "blob-b"


def test_an_answer_older_than_is_kept_is_forgotten(broker: Broker) -> None:
    broker.keep([Remembered("q1", "blob-a", KEPT)])
    assert broker.recall("q1") is None
    broker.keep([])


def test_what_is_put_up_can_be_read_until_it_ends(broker: Broker) -> None:
    assert broker.posted("w1") is None
    assert broker.post("w1", b"one", 600)
    assert broker.post("w2", b"two", 600)
    assert broker.post("w1", b"\x00\xff three", 600)
    assert (broker.posted("w1"), broker.posted("w2")) == (b"\x00\xff three", b"two")
    assert broker.post("w1", b"brief", 0.2)
    until = time.monotonic() + 10
    while broker.posted("w1") is not None:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert broker.posted("w2") == b"two"
