from django.apps import AppConfig


class VisitorsConfig(AppConfig):
    name = "dashboard.visitors"
    label = "visitors"

    def ready(self) -> None:
        from dashboard.core import erasure, facts, holdings, navigation
        from dashboard.visitors import hand_over_list, known, link_readings
        from dashboard.visitors.holdings import held_about

        facts.register(known.about_notes, may_block=False)
        erasure.register("notes", known.forget_notes)
        erasure.register_values_in_text("notes", known.forget_notes)
        facts.register(known.about_hand_overs, may_block=False)
        erasure.register("hand-overs", known.forget_hand_overs)
        erasure.register_values_in_text("hand-overs", known.forget_hand_overs)
        navigation.register_waiting("visitors:find", hand_over_list.waiting_count)
        holdings.register("notes and hand-overs", held_about)
        erasure.register("follows", known.forget_follows)
        erasure.register_values_in_text("follows", known.forget_follows)
        erasure.register("links", link_readings.forget_links)
        erasure.register_values_in_text("links", link_readings.forget_links)
