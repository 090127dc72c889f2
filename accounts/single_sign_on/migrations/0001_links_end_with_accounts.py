"""An account can be deleted also after single sign-on was turned off, when Django does not know the
tables any more: the database deletes their rows with it."""

from __future__ import annotations

from django.db import migrations

CASCADE = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT conrelid::regclass AS place, conname AS name, pg_get_constraintdef(oid) AS words
        FROM pg_constraint
        WHERE contype = 'f' AND confdeltype = 'a' AND (conrelid, confrelid) IN (
            ('account_emailaddress'::regclass, 'auth_user'::regclass),
            ('account_emailconfirmation'::regclass, 'account_emailaddress'::regclass),
            ('socialaccount_socialaccount'::regclass, 'auth_user'::regclass),
            ('socialaccount_socialtoken'::regclass, 'socialaccount_socialaccount'::regclass)
        )
    LOOP
        EXECUTE format(
            'ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s', one.place, one.name, one.name,
            replace(one.words, ' DEFERRABLE', ' ON DELETE CASCADE DEFERRABLE')
        );
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]
    operations = [migrations.RunSQL(CASCADE, migrations.RunSQL.noop)]
