"""Days of deletions: what the quota, the order and the forecast come to when time really passes.

`python -m tests.bench.deletions` runs the same at full size: 5,000 visitors, the documented quota, some ten days.
"""

from datetime import timedelta

import pytest

from dashboard.deletions.models import DeletionVisitor
from dashboard.deletions.policy import DAY, HOUR
from dashboard.deletions.sending import quota
from tests.dashboard.deletions.simulating import Simulation


@pytest.mark.parametrize("lost_answers", [0, 2])
def test_days_of_deletions_keep_quota_order_and_forecast(db, settings, lost_answers):
    settings.DELETE_QUOTA_PER_HOUR, settings.DELETE_QUOTA_PER_DAY = 3, 20

    days = Simulation(visitors=45, lost_answers=lost_answers).run()

    assert len(days.arrivals) >= 45
    assert days.most_within(HOUR) <= quota.limits().per_hour
    assert days.most_within(DAY) <= quota.limits().per_day
    assert days.refused == 0
    assert days.out_of_order() == 0
    assert set(DeletionVisitor.objects.values_list("state", flat=True)) == {"accepted"}
    assert days.idle_share < 0.01
    # A lost answer that costs a call nobody could foresee moves whoever stands at the end of an hour into the next.
    assert days.furthest_from_the_plan() < timedelta(hours=1 + lost_answers)
