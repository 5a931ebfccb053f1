"""When a link for somebody's password was made for them, and when they chose a password through such a link."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_role_grants")]
    operations = [
        migrations.AddField("user", "password_link_at", models.DateTimeField(null=True)),
        migrations.AddField("user", "password_by_link_at", models.DateTimeField(null=True)),
    ]
