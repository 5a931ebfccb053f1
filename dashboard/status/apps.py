from django.apps import AppConfig


class StatusConfig(AppConfig):
    name = "dashboard.status"
    label = "status"

    def ready(self) -> None:
        from dashboard.audit import duties
        from dashboard.core import navigation
        from dashboard.status import alarms, outage

        navigation.register_foot(outage.for_frame)
        duties.register_alarm(alarms.tell_that_the_log_does_not_hold)
