"""The demonstration: a day through both DAGs, from the simulator without a key, from the real API with one."""
