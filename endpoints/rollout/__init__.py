"""Tells while an update waits for an endpoint's pods what they wait for, and what to do.

Pulumi's plugin waits as long as it may take. Its own words about pods neither say where in valohai.yaml the
cause stands nor what to do, and of pods that a quota refuses it says nothing.
"""
