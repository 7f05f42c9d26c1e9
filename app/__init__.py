"""The Streamlit app: the listener's door."""
