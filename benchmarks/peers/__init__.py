"""The runtimes that Lowbit is measured beside. Each module has `version()` and `contenders(layer, folder)`."""
