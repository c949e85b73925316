//! The event loop that plans and applies, and the executors
