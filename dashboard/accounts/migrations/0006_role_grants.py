"""Roles get a moment at which they were given. The table is the one they always had."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def date_from_joining(apps, schema_editor):
    """When older roles were given was not kept: they count from the day their person came."""
    people = apps.get_model("accounts", "User").objects.filter(pk=OuterRef("user_id"))
    apps.get_model("accounts", "RoleGrant").objects.update(given_at=Subquery(people.values("joined_at")[:1]))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_mails"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="RoleGrant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                        ),
                        (
                            "group",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="auth.group"),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                            ),
                        ),
                    ],
                    options={"db_table": "accounts_user_groups", "unique_together": {("user", "group")}},
                ),
                migrations.AlterField(
                    model_name="user",
                    name="groups",
                    field=models.ManyToManyField(
                        blank=True, related_name="people", through="accounts.RoleGrant", to="auth.group"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="rolegrant",
            name="given_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
        ),
        migrations.RunPython(date_from_joining, migrations.RunPython.noop),
    ]
