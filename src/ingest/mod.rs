//! Sources to facts.
