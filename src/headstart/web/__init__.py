"""The pages: they translate and decide nothing."""
