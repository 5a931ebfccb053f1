import django.db.models.deletion
from django.db import migrations, models

EVERYTHING_WAITS = """
    INSERT INTO audit_auditwaiting (entry_id)
    SELECT id FROM audit_auditentry WHERE id NOT IN (SELECT entry_id FROM audit_auditleaf)
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="AuditWaiting",
            fields=[
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="waiting",
                        serialize=False,
                        to="audit.auditentry",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("origin", models.CharField(max_length=255)),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("note", models.TextField()),
                ("at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["size"], name="audit_checkpoint_size")]},
        ),
        migrations.CreateModel(
            name="AuditTile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("level", models.PositiveSmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hashes", models.BinaryField()),
                ("root", models.BinaryField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("level", "index"), name="audit_tile_once")],
            },
        ),
        # What was recorded before there was a tree gets its place as well.
        migrations.RunSQL(EVERYTHING_WAITS, migrations.RunSQL.noop),
    ]
