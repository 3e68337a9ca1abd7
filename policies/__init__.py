"""The policy pack, for engines whose language host can start one."""
