from django.apps import AppConfig


class DeletionsConfig(AppConfig):
    name = "dashboard.deletions"
    label = "deletions"

    def ready(self) -> None:
        from dashboard.core import erasure, facts, free_text, holdings, navigation
        from dashboard.deletions import known, queries
        from dashboard.deletions.certificates import lookups
        from dashboard.deletions.disclosure import actions as disclosure
        from dashboard.deletions.disclosure import pages as disclosure_pages
        from dashboard.deletions.holdings import held_about

        facts.register(known.about_deletions)
        facts.register(lookups.about_erased)
        facts.register(known.about_holds)
        navigation.register_waiting(
            "deletions:requests", lambda user: queries.waiting_count(user) + disclosure_pages.waiting_count(user)
        )
        navigation.register_waiting("deletions:holds", queries.holds_to_review_count)
        erasure.register("deletion requests", known.forget_in_other_requests)
        erasure.register_values("deletion requests", known.forget_values)
        erasure.register("legal holds", known.forget_in_holds)
        erasure.register("intake files", known.forget_in_files)
        erasure.register("access requests", disclosure.forget_visitors)
        erasure.register_values_in_text("access requests", disclosure.forget_visitors)
        holdings.register("deletion and access requests", held_about)
        free_text.register("deletions.AccessRequest", "reason", "decision_reason", "ticket")
        free_text.register(
            "deletions.DeletionRequest",
            "reason",
            "decision_reason",
            "extension_reason",
            "legal_basis",
            "identity_by",
            "ticket",
        )
        free_text.register("deletions.VoidedApproval", "reason")
        free_text.register("deletions.Pause", "reason")
        free_text.register("deletions.LegalHold", "reason", "lift_reason", "case")
