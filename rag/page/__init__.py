"""The chat page: what a browser is sent, and what happens when somebody asks. Only this package and `app.py` know Gradio."""
