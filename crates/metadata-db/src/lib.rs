//! The metadata database: schema, pools and named queries on PostgreSQL and SQLite
