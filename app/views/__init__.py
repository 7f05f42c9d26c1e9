"""One view a file: each draws one part of the page from the session, and changes it by callback."""
