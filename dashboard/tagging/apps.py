from django.apps import AppConfig


class TaggingConfig(AppConfig):
    name = "dashboard.tagging"
    label = "tagging"

    def ready(self) -> None:
        from dashboard.core import erasure, facts, holdings, navigation
        from dashboard.tagging import known, queries
        from dashboard.tagging.holdings import held_about

        facts.register(known.about_marks, may_block=False)
        erasure.register("items of jobs", known.forget_visitors)
        erasure.register_values("items of jobs", known.forget_values)
        navigation.register_waiting("tagging:jobs", queries.waiting_count)
        holdings.register("items of jobs", held_about)
