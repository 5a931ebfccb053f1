from django.db import migrations, models


def make_the_duties(apps, schema_editor):
    duty = apps.get_model("audit", "AuditDuty")
    for name in ("seal", "verify"):
        duty.objects.create(name=name)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_sealing")]

    operations = [
        migrations.CreateModel(
            name="AuditDuty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("next_attempt_at", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("lease_token", models.CharField(blank=True, default="", max_length=32)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                (
                    "name",
                    models.CharField(choices=[("seal", "seal"), ("verify", "verify")], max_length=16, unique=True),
                ),
                ("state", models.CharField(default="open", max_length=8)),
                ("problem", models.TextField(blank=True, default="")),
            ],
            options={"abstract": False},
        ),
        migrations.RunPython(make_the_duties, migrations.RunPython.noop),
    ]
