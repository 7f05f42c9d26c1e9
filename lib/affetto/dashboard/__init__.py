"""The dashboard's panels: ipywidgets and Plotly, one panel a file; the notebook only lays them out.

``figures`` draws, ``songs`` reads the tracks, ``parts`` holds what panels share; what was measured
comes from ``affetto.readings``.
Nothing here trains or measures, and nothing loads what does.
"""
