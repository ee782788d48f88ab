"""How do tables become files that others open? Frames in, bytes out: nothing unknown turns into a number, no text into a formula."""
