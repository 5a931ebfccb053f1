from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "dashboard.events"
    label = "events"

    def ready(self) -> None:
        from dashboard.core import erasure, free_text, holdings
        from dashboard.events import actions, exporting, forgetting
        from dashboard.events.holdings import held_about

        erasure.register("searches", actions.forget_visitors)
        erasure.register("exports", exporting.forget_visitors)
        erasure.register_values_in_text("exports", exporting.forget_values)
        erasure.register_values("searches", forgetting.forget_values)
        free_text.register("events.Search", "name")
        holdings.register("searches", held_about)
