"""The shared rate budget on a real server: one pace for all processes, people before jobs."""

import multiprocessing
import time
import uuid
from itertools import pairwise

import pytest
import redis

from fingerprint_integration.budget import SharedBudget
from fingerprint_integration.errors import BudgetUnavailable, RateLimited


@pytest.fixture
def url(valkey_server, settings):
    return settings.REDIS_URL


@pytest.fixture
def budget(url):
    return SharedBudget(url=url, key_digest=uuid.uuid4().hex)


def page(budget, longest_wait=0.0):
    return budget.take(is_background=False, longest_wait=longest_wait)


def job(budget, longest_wait=0.0):
    return budget.take(is_background=True, longest_wait=longest_wait)


def test_a_rested_bucket_gives_its_burst_at_once_and_then_the_rate(budget):
    at_once = 0
    refused = None
    while refused is None:
        try:
            page(budget)
        except RateLimited as error:
            refused = error
        else:
            at_once += 1

    assert at_once in (14, 15)  # 98 % of 15, and what grew meanwhile
    assert 0 < refused.retry_after <= 1 / 4.9
    assert refused.status is None


def test_places_are_taken_ahead_and_keep_their_order(budget):
    turns = [page(budget, longest_wait=5) for _ in range(20)]

    waiting = [turn for turn in turns if turn > 0]
    assert waiting == sorted(waiting)
    assert len(waiting) in (5, 6)
    assert waiting[-1] == pytest.approx(len(waiting) / 4.9, abs=0.25)


def test_a_place_beyond_the_longest_wait_is_not_taken(url):
    slow = SharedBudget(url=url, key_digest=uuid.uuid4().hex, per_second=0.1, burst=1)
    page(slow)
    refusals = []
    for _ in range(50):
        with pytest.raises(RateLimited) as caught:
            page(slow, longest_wait=0.01)
        refusals.append(caught.value.retry_after)

    assert refusals == sorted(refusals, reverse=True)  # being refused has not pushed the turn away
    assert refusals[0] <= 1 / 0.098


def test_jobs_are_spaced_evenly(budget):
    assert job(budget) == 0
    turns = [job(budget, longest_wait=5) for _ in range(4)]

    gaps = [later - earlier for earlier, later in pairwise(turns)]
    assert gaps == pytest.approx([1 / (4.9 * 0.8)] * 3, abs=0.02)


def test_jobs_stop_while_the_bucket_is_low_and_pages_go_on(budget):
    for _ in range(11):
        page(budget)
    with pytest.raises(RateLimited):
        job(budget)

    assert page(budget) == 0


def test_jobs_yield_to_a_page_that_waits(budget):
    for _ in range(20):
        turn = page(budget, longest_wait=5)
    with pytest.raises(RateLimited) as caught:
        job(budget)

    assert turn > 0
    assert caught.value.retry_after > turn


def test_a_429_in_spite_of_it_slows_everybody_down(url, budget):
    page(budget)
    budget.slow_down(None)
    with pytest.raises(RateLimited) as caught:
        page(budget)

    assert caught.value.retry_after == pytest.approx(1 / (4.9 / 2), abs=0.05)
    another_process = SharedBudget(url=url, key_digest=budget._key.removeprefix("fingerprint:rate:"))
    with pytest.raises(RateLimited):
        page(another_process)


def test_the_service_is_left_alone_for_as_long_as_it_asked_a_minute_at_most(budget):
    budget.slow_down(7)
    with pytest.raises(RateLimited) as caught:
        page(budget)
    assert caught.value.retry_after == pytest.approx(7, abs=0.1)

    budget.slow_down(3600)
    with pytest.raises(RateLimited) as caught:
        page(budget)
    assert caught.value.retry_after == pytest.approx(60, abs=0.1)


def test_the_pace_halves_with_every_429_but_never_stops(budget):
    for _ in range(20):
        budget.slow_down(None)
    with pytest.raises(RateLimited) as caught:
        page(budget)

    assert caught.value.retry_after == pytest.approx(1 / (4.9 * 0.125), abs=0.1)


def test_keys_do_not_share_a_bucket_and_the_bucket_is_forgotten(url):
    one, other = (SharedBudget(url=url, key_digest=uuid.uuid4().hex) for _ in range(2))
    for _ in range(14):
        page(one)

    assert page(other) == 0
    connection = redis.Redis.from_url(url)
    assert 0 < connection.ttl(one._key) <= 3600
    connection.close()


def test_a_small_limit_still_lets_jobs_work(url):
    budget = SharedBudget(url=url, key_digest=uuid.uuid4().hex, per_second=1, burst=1)

    assert job(budget) == 0


def spend(url, digest, seconds, is_background, spent):
    budget = SharedBudget(url=url, key_digest=digest)
    began = time.time()
    count = 0
    while time.time() < began + seconds:
        try:
            turn = budget.take(is_background=is_background, longest_wait=1)
        except RateLimited as error:
            time.sleep(min(error.retry_after, 0.2))
            continue
        time.sleep(turn)
        count += 1
    spent.put((count, began, time.time()))


@pytest.mark.parametrize("is_background, at_once, rate", [(False, 14.7, 4.9), (True, 1, 4.9 * 0.8)])
def test_all_processes_together_keep_one_pace(url, is_background, at_once, rate):
    context = multiprocessing.get_context("spawn")
    spent, digest = context.Queue(), uuid.uuid4().hex
    processes = [context.Process(target=spend, args=(url, digest, 2, is_background, spent)) for _ in range(3)]
    for process in processes:
        process.start()
    counts, begins, ends = zip(*(spent.get(timeout=60) for _ in processes), strict=True)
    for process in processes:
        process.join()

    assert sum(counts) <= at_once + rate * (max(ends) - min(begins)) + 1
    assert all(count > 0 for count in counts)


class Watch:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize("gone", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock"])
def test_without_the_server_pages_go_at_one_a_second_and_jobs_wait(gone):
    watch = Watch()
    budget = SharedBudget(url=gone, key_digest="x", clock=watch)

    with pytest.raises(BudgetUnavailable) as caught:
        job(budget)
    assert caught.value.retry_after > 0
    assert page(budget) == 0
    assert page(budget, longest_wait=2) == pytest.approx(1)
    with pytest.raises(RateLimited):
        page(budget, longest_wait=1)
    watch.now += 3
    assert page(budget) == 0
    budget.slow_down(1)  # says nothing to nobody, and does not fail


def test_a_server_that_comes_back_is_used_again(url):
    watch = Watch()
    budget = SharedBudget(url=url, key_digest=uuid.uuid4().hex, clock=watch)
    budget._down_until = watch.now + 1
    with pytest.raises(BudgetUnavailable):
        job(budget)
    watch.now += 2

    assert job(budget) == 0
