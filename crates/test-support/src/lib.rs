//! Private database servers and other real parts for tests
