"""The operations database: what people and processes decide. Many writers, small transactions."""
