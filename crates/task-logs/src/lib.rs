//! Log paths, the local log store and tailing
