-- After the first migration, by profai_owner: KEDA may see the status of steps, and no more.
\set ON_ERROR_STOP on
GRANT SELECT (status) ON jobs_step TO profai_queue;
