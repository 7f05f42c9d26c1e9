"""Training and evaluation.  Only this floor and the ``network.py`` files know Keras."""
