"""Which tracks answer a query best: exact search, an approximate index, or a search engine.

``interface`` says what each of them does, ``choice`` opens the one that the settings name.
"""
