from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """The tokens of rest_framework.authtoken, which this app replaces, lay in clear in its table.

    They have no scopes and never expire, so they are not taken over: programs get a new token
    from POST /api/token/ as they got the old one, or from /account/tokens/. Dropped here,
    because an app that is not installed any more cannot drop its own table.
    """

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "DROP TABLE IF EXISTS authtoken_token", reverse_sql=migrations.RunSQL.noop
        ),
    ]
