//! Queries of the supervisor: claims, heartbeats, final states.
