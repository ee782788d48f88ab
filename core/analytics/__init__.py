"""Analytics: pure functions, frames in, records out. What is not known stays None, never zero."""
