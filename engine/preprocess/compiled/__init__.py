"""The built-in depth estimator as compiled loops over rows."""
