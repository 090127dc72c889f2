-- The roles of ProfAI's database, made once by the master user before the first release:
--   psql "$MASTER_ADDRESS" -v owner=... -v app=... -v queue=... -f deploy/aws/roles.sql
-- profai_owner migrates, profai_app reads and writes rows, profai_queue counts steps for KEDA.
\set ON_ERROR_STOP on
CREATE ROLE profai_owner LOGIN PASSWORD :'owner';
CREATE ROLE profai_app LOGIN PASSWORD :'app';
CREATE ROLE profai_queue LOGIN PASSWORD :'queue';
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
