"""The model stages on more than one machine, on Ray Serve: recognition with the emotion head and the end of turn, the
voice, and the meaning of sentences, each a deployment with batches, replicas that grow with the load, health checks.

A remote stage is a backend like any other (``asr.backend=cluster``): a call knows nothing of it. Ray is imported only
where a cluster is used.
"""
