"""What programs read: the documents of a plan and of the state, the stream of a run. Pure readers; they decide nothing."""
