"""Where the paced pictures go: NDI, or nowhere."""
