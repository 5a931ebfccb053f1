"""The databases of process tests keep tests apart."""

import pytest

pytestmark = pytest.mark.process

ADD = "from django.contrib.auth.models import Group; Group.objects.create(name='left over')"
COUNT = "from django.contrib.auth.models import Group; print(Group.objects.filter(name='left over').count())"


@pytest.mark.parametrize("_time", ["first", "second"])
def test_what_a_process_writes_is_there_for_the_next_and_gone_in_the_next_test(own_database, _time):
    assert own_database.python(COUNT) == "0\n"

    own_database.python(ADD)

    assert own_database.python(COUNT) == "1\n"
