"""All questions asked of the store, by noun: functions that return a `Query`, so that all SQL lives in `store/`."""
