//! `pg_hba.conf`: who may connect to a PostgreSQL server, from where, and how they prove who they are.

pub mod record;
