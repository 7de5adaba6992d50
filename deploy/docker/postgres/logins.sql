-- Run as the owner at every start, after the migrations, which make the owner roles: one login for each
-- service, with the password that it was given and membership of its owner role alone. A service takes that
-- role when it connects (packages/runtime/src/postgres.ts); by itself a login may do nothing.
\set ON_ERROR_STOP on
\set intake_password `cat /run/meander/intake-password`
\set notification_password `cat /run/meander/notification-password`
\set pipeline_password `cat /run/meander/pipeline-password`

CREATE TEMPORARY TABLE logins (login name, owner_role name, password text);
INSERT INTO logins VALUES
  ('meander_intake_login', 'meander_intake', :'intake_password'),
  ('meander_notification_login', 'meander_notification', :'notification_password'),
  ('meander_pipeline_login', 'meander_pipeline', :'pipeline_password');

SELECT format('CREATE ROLE %I LOGIN NOINHERIT', login) FROM logins
 WHERE login NOT IN (SELECT rolname FROM pg_roles) \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', login, password) FROM logins \gexec
SELECT format('GRANT %I TO %I', owner_role, login) FROM logins
 WHERE NOT pg_has_role(login, owner_role, 'MEMBER') \gexec

-- Nobody else comes in.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), login) FROM logins \gexec
