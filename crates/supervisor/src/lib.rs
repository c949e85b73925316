//! The Python fork server, the child protocol, limits, log capture and final states
