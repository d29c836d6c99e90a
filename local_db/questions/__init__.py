"""Questions people ask of the whole workspace, each answered by one or two statements."""
