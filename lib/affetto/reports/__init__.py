"""The pages of ``reports/``: executed notebooks and cards as HTML, and the index that links them.

``outputs`` turns a notebook's outputs into HTML, ``figures`` makes figures small, ``pages`` writes
a page, ``index`` the first one, ``pictures`` the PNGs, ``build`` puts them together.
"""
