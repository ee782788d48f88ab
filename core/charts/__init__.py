"""Charts: functions from a frame to a Plotly figure. They draw nothing and leave the frame as it was."""
