"""The dashboard's panels: ipywidgets and Plotly, one panel a file; the notebook only lays them out.

``figures`` draws, ``readings`` and ``songs`` read what is there, ``parts`` holds what panels share.
Nothing here trains or measures, and nothing loads what does.
"""
