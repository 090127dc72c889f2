-- The roles of ProfAI's database, by the master user; again, it gives them new passwords:
--   { echo "$MASTER"; printf '\\set owner %s\n\\set app %s\n\\set queue %s\n' ...; cat roles.sql; } |
--       deploy/bin/psql prod HOST profai_master          (deploy/bin/up does it)
-- profai_owner migrates, profai_app reads and writes rows, profai_queue counts steps for KEDA.
\set ON_ERROR_STOP on
SELECT format('CREATE ROLE %I LOGIN', name)
    FROM unnest(ARRAY['profai_owner', 'profai_app', 'profai_queue']) AS name
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE profai_owner PASSWORD :'owner';
ALTER ROLE profai_app PASSWORD :'app';
ALTER ROLE profai_queue PASSWORD :'queue';
-- The master user of RDS is no superuser: it has to be a member to give something away.
GRANT profai_owner TO CURRENT_USER;
ALTER DATABASE profai OWNER TO profai_owner;
REVOKE ALL ON DATABASE profai FROM PUBLIC;
GRANT CONNECT ON DATABASE profai TO profai_app, profai_queue;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO profai_app, profai_queue;
ALTER DEFAULT PRIVILEGES FOR ROLE profai_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO profai_app;
ALTER DEFAULT PRIVILEGES FOR ROLE profai_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO profai_app;
