from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "dashboard.notices"
    label = "notices"

    def ready(self) -> None:
        from dashboard.core import erasure, navigation
        from dashboard.notices import actions, queries

        navigation.register_waiting("notices:inbox", queries.unread_count)
        erasure.register("notices", actions.forget_visitors)
