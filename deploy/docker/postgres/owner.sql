-- Run once by the postgres image, as its superuser, when the data folder is made: the database, and the login
-- that owns it and migrates it. It is no superuser; CREATEROLE lets the migrations make the owner roles, and
-- logins.sql the logins of the services.
\set ON_ERROR_STOP on
\set owner_password `cat /run/meander/owner-password`

CREATE ROLE meander_owner LOGIN CREATEROLE PASSWORD :'owner_password';
CREATE DATABASE meander OWNER meander_owner;
