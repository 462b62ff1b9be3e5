//! Answers to requests, from configurations as people write them.
